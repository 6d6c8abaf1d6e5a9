"""The ledger: one SQLite file that carries positions, parser state and facts, committed together."""
