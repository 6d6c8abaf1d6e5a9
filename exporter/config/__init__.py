"""Reads config.yaml into checked settings, and names all its faults at once by their key paths."""
