"""Reads growing licence-server logs exactly once and shows how licences are used."""

__version__ = "0.1.0"
