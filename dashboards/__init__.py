"""Boards in Python, from which the files are generated that Grafana is given."""
