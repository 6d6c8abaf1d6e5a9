"""
A make-believe site: seeded logs of its licence server and its hosts, and what really happened in them.

The truth is written by the model that decides what happens, never by reading the lines back.
"""
