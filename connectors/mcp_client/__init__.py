"""MCP servers as tools: which there are, what may be asked of them, and asking."""
