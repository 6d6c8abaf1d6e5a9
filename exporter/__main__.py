"""Makes ``python -m exporter`` the same as ``seatwatch``."""

from exporter.cli import main

if __name__ == "__main__":
    main()
