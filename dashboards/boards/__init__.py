"""One module a board: what it shows, in the order in which one looks at it."""
