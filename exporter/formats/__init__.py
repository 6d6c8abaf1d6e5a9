"""One module a log format: blocks of lines in, events out; dates and years are worked out here."""
