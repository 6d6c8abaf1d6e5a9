"""Boards in Python, from which the dashboards are generated; holds nothing yet."""
