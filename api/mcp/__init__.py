"""Baton's verbs for outside agents: the Model Context Protocol at /mcp."""
