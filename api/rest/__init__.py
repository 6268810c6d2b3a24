"""Baton's own API under /api/v1: one blueprint per noun."""
