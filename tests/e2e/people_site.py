"""A site with tables of people and hosts, and a log of two days in which they work."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path

from tests.e2e.command_line import called, told

LOG = """\
 8:00:00 (lmgrd) FlexNet Licensing (v11.16.2.0 build 242455 x64_lsb) started on lic1 (linux) (3/4/2024)
 8:00:01 (lmgrd) Started acornd (pid 101)
 8:10:00 (acornd) OUT: "acorn_base" amber@ws-01
 8:20:00 (acornd) OUT: "acorn_base" birch@ws-02  (2 licenses)
 8:30:00 (acornd) OUT: "acorn_base" amber@guest-7
 8:40:00 (acornd) OUT: "acorn_base" anyuser@ws-03
 8:45:00 (acornd) DENIED: "acorn_base" clover@ws-01 (Licensed number of users already reached. (-4,342))
 9:10:00 (acornd) IN: "acorn_base" amber@ws-01
 9:20:00 (acornd) IN: "acorn_base" birch@ws-02  (2 licenses)
 9:30:00 (acornd) IN: "acorn_base" amber@guest-7
 9:40:00 (acornd) IN: "acorn_base" anyuser@ws-03
12:00:00 (lmgrd) TIMESTAMP 3/4/2024
23:50:00 (acornd) OUT: "acorn_base" AMBER@ws-01
 0:10:00 (acornd) IN: "acorn_base" AMBER@ws-01
 6:00:00 (lmgrd) TIMESTAMP 3/5/2024
10:00:00 (acornd) OUT: "acorn_base" amber@ws-01
10:30:00 (acornd) IN: "acorn_base" amber@ws-01
12:00:00 (lmgrd) TIMESTAMP 3/5/2024
"""
PEOPLE = """\
user,group,lab,valid_from,valid_to
amber,Physics,Optics,,2024-03-05
amber,Chemistry,,2024-03-05,
birch,Chemistry,Dyes,,
"""
HOSTS = """\
host,aliases,pattern,origin,room,valid_from,valid_to
ws-01,ws-01.example.org,,own,A1,,
,,guest-*,foreign,,,
"""
CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources: [{{name: lic, format: flexlm, server: lic1, timezone: UTC, paths: ["lic.log"]}}]
people: {{tables: [people.csv]{people}}}
hosts: {{tables: [hosts.csv]}}
prometheus: {{listen: "127.0.0.1:0"}}
tiers: {{live: {{keep: forever}}, hourly: {{keep: forever}}, longterm: {{keep: forever}}}}
log: {{format: json}}
"""
_NAMES = ("server", "vendor", "feature", "breakdown", "value")
Rows = dict[tuple[str, ...], tuple[int, ...]]


class PeopleSite:
    """The site in a folder."""

    def __init__(self, folder: Path, people: str = "", more: str = "") -> None:
        """Write log, tables and configuration; *people* are more keys of that section, *more* other sections."""
        self.folder = folder
        self.command = partial(called, folder)
        (folder / "lic.log").write_text(LOG)
        (folder / "people.csv").write_text(PEOPLE)
        (folder / "hosts.csv").write_text(HOSTS)
        self.configure(people, more)

    def configure(self, people: str = "", more: str = "") -> None:
        """Write the configuration."""
        (self.folder / "config.yaml").write_text(CONFIG.format(people=people) + more)

    def told(self, *words: str) -> str:
        """Run a command, which has to succeed, and return what it writes."""
        return told(self.command(*words))

    def by(self, group: str, tier: str = "longterm") -> Rows:
        """Return (value, start) and (seat_seconds, checkouts, denials) of each window by group."""
        rows = csv.reader(io.StringIO(self.told("export", "windows", "--tier", tier, "--by", group)))
        assert [
            "server",
            "vendor",
            "feature",
            "breakdown",
            "value",
            "start",
            "seat_seconds",
            "checkouts",
            "denials",
        ] == next(rows)
        return {(row[4], row[5]): tuple(map(int, row[6:])) for row in rows}
