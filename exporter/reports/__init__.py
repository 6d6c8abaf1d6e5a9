"""Answers questions from the ledger: exports, who has what open, and why a number is what it is."""
