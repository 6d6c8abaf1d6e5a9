"""
A make-believe licence server: seeded FlexNet logs, and what really happened in them.

The truth is written by the model that decides what happens, never by reading the lines back.
"""
