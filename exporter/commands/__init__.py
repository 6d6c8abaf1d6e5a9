"""The commands, a file for each kind of thing a user comes for; `exporter.cli` hangs them on one command line."""
