"""Writes tables for other programs: CSV, JSON lines, Parquet, and windows as OpenMetrics text."""
