"""Look-alike logs of two redundant servers: a failover counts nobody twice, in whatever order the logs are read."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.command_line import DEADLINE, Command, called, environment, told

CONFIG = """\
site: {name: two, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: one, format: flexlm, server: lic, timezone: UTC, paths: ["one.log"], redundant: true}
  - {name: two, format: flexlm, server: lic, timezone: UTC, paths: ["two.log"], redundant: true}
"""
BEGIN = """\
{0} (lmgrd) FlexNet Licensing (v11.18.0.0 build 275847 x64_lsb) started on {1} (linux) (3/4/2024)
{0} (lmgrd) Started acornd (internet tcp_port 41001 pid 2301)
{0} (acornd) FLEXnet Licensing version v11.18.0.0 build 275847 x64_lsb
"""
EXIT = "10:00:00 (acornd) EXITING DUE TO SIGNAL 15 Exit reason 4\n10:00:01 (lmgrd) acornd exited with status 0 ()\n"
ONE = f"""\
{BEGIN.format(" 7:00:00", "lic-a")}\
 8:00:00 (acornd) OUT: "acorn_base" amber@ws-01
 8:10:00 (acornd) OUT: "acorn_base" birch@ws-02
 8:20:00 (acornd) OUT: "acorn_base" cedar@ws-03  (2 licenses)
 8:30:00 (acornd) OUT: "acorn_base" dune@ws-04
 8:40:00 (acornd) OUT: "acorn_base" dune@ws-04
 8:50:00 (acornd) OUT: "acorn_base" elm@ws-05
 9:30:00 (acornd) IN: "acorn_base" elm@ws-05
{EXIT}\
12:30:00 (lmgrd) TIMESTAMP 3/4/2024
"""
TWO = f"""\
{BEGIN.format(" 7:00:00", "lic-b")}\
 9:00:00 (acornd) OUT: "acorn_base" birch@ws-02
10:05:00 (acornd) OUT: "acorn_base" amber@ws-01
10:06:00 (acornd) OUT: "acorn_base" cedar@ws-03
10:07:00 (acornd) OUT: "acorn_base" dune@ws-04
10:08:00 (acornd) OUT: "acorn_base" elm@ws-05
11:00:00 (acornd) IN: "acorn_base" amber@ws-01
12:00:00 (lmgrd) TIMESTAMP 3/4/2024
"""
AGAIN = BEGIN.format("13:00:00", "lic-a") + '13:30:00 (acornd) OUT: "acorn_base" amber@ws-01\n'
LATER = '14:00:00 (acornd) OUT: "acorn_base" dune@ws-04\n'
LATE_CHECK_INS = """\
12:40:00 (acornd) IN: "acorn_base" amber@ws-01
12:41:00 (acornd) IN: "acorn_base" dune@ws-04
"""
SILENT = ONE.replace(EXIT, "").replace("12:30:00", "10:00:02")
"""It is killed, and writes nothing of it; its last line is of 10:00:02."""
SEVEN_HOURS_LATER = "17:00:03 (lmgrd) TIMESTAMP 3/4/2024\n"


class Ended(NamedTuple):
    """How a session of the first server ended: when, why."""

    user: str
    end: str
    reason: str


SUPERSEDED = [
    Ended("amber", "10:05:00", "superseded"),
    Ended("birch", "", ""),
    Ended("cedar", "", ""),
    Ended("dune", "10:07:00", "superseded"),
    Ended("dune", "", ""),
    Ended("elm", "09:30:00", "returned"),
]
"""Birch began elsewhere while both servers were up, cedar has other seats there, dune one session less."""


class Site:
    """A folder with the two logs, and the program that reads them."""

    def __init__(self, folder: Path) -> None:
        """Configure it."""
        folder.mkdir()
        self.folder = folder
        self.run: Command = partial(called, folder)
        (folder / "config.yaml").write_text(CONFIG)

    def write(self, one: str | None = None, two: str | None = None) -> None:
        """Append to the logs."""
        for name, text in (("one", one), ("two", two)):
            if text is not None:
                with (self.folder / f"{name}.log").open("a") as log:
                    log.write(text)

    def collect(self, *sources: str) -> None:
        """Read those sources one after the other, or all side by side."""
        for words in [("--source", name) for name in sources] or [()]:
            told(self.run("collect", *words))

    def exported(self) -> list[str]:
        """Return the exports that failovers show in."""
        hours, minutes = (told(self.run("export", "windows", "--tier", tier)) for tier in ("hourly", "live"))
        return [told(self.run("export", "sessions")), told(self.run("export", "spans")), hours, minutes]

    def ended(self, source: str = "one") -> list[Ended]:
        """Return how the sessions of a server ended, by user."""
        rows = csv.DictReader(StringIO(told(self.run("export", "sessions"))))
        return sorted(
            Ended(row["user"], row["end"][11:-1], row["end_reason"])
            for row in rows
            if row["source"] == source
        )  # fmt: skip

    def peaks(self) -> list[int]:
        """Return the highest level of each hour."""
        rows = csv.DictReader(StringIO(told(self.run("export", "windows", "--tier", "hourly"))))
        return [int(row["in_use_max"]) for row in rows]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Give a folder without logs."""
    return Site(tmp_path / "site")


def by_name(rows: Iterable[Ended]) -> list[Ended]:
    """Return rows as `Site.ended` sorts them."""
    return sorted(rows)


def test_a_failover_counts_nobody_twice(site: Site) -> None:
    """What is equal and begins while the first server is down ends; who had both while both were up keeps both."""
    site.write(ONE, TWO)
    site.collect()
    assert by_name(SUPERSEDED) == site.ended()
    assert [("amber", "11:00:00"), ("birch", ""), ("cedar", ""), ("dune", ""), ("elm", "")] == [
        row[:2] for row in site.ended("two")
    ]
    assert [7, 8, 9, 8, 8] == site.peaks(), "from 8 o'clock on; 11 seats at 10:08 if amber and dune counted twice"
    who = told(site.run("who"))
    assert (0, 2) == (who.count("amber"), who.count("birch"))


@pytest.mark.parametrize("again", ["", AGAIN], ids=["down", "up again"])
def test_the_order_of_reading_does_not_show(tmp_path: Path, again: str) -> None:
    """Side by side, one after the other and the other way round, whole or in pieces: the same exports and windows."""
    later = LATER if again else ""
    pieces = Site(tmp_path / "pieces")
    pieces.write("", "")
    for one, two in ((ONE[:400], None), (None, TWO[:600]), (ONE[400:], None), (None, TWO[600:]), (again, later)):
        pieces.write(one, two)
        pieces.collect()
    found = [pieces.exported()]
    for order in ((), ("one", "two"), ("two", "one")):
        site = Site(tmp_path / "-".join(("site", *order)))
        site.write(ONE + again, TWO + later)
        site.collect(*order)
        found.append(site.exported())
    assert "superseded" in found[0][0]
    assert [found[0]] * 4 == found


def test_it_stands_when_the_server_is_back(site: Site) -> None:
    """Its restart ends only what is left open; what begins later, while it is up, ends nothing."""
    site.write(ONE, TWO)
    site.collect()
    site.write(AGAIN, LATER)
    site.collect()
    left_open = [one if one.end else Ended(one.user, "10:00:00", "reset") for one in SUPERSEDED]
    assert by_name([*left_open, Ended("amber", "", "")]) == site.ended()


def test_its_own_log_knows_better(site: Site) -> None:
    """A check-in that comes after all is the end, in every window too; what else is equal ends elsewhere instead."""
    site.write(ONE, TWO)
    site.collect()
    site.write(LATE_CHECK_INS)
    site.collect()
    amber, _, _, *dune, _ = site.ended()
    assert Ended("amber", "12:40:00", "returned") == amber
    assert [Ended("dune", "10:07:00", "superseded"), Ended("dune", "12:41:00", "returned")] == dune
    stored = site.exported()
    fresh = Site(site.folder.parent / "fresh")
    fresh.write(ONE + LATE_CHECK_INS, TWO)
    fresh.collect()
    assert fresh.exported() == stored


def test_windows_that_were_stored(site: Site) -> None:
    """Hours in which a session had ended with a reset are made again when it turns out that it ended elsewhere."""
    told_late = '11:45:00 (acornd) OUT: "acorn_base" amber@ws-01\n'
    quiet = TWO[: TWO.index("10:05:00")] + "11:30:00 (lmgrd) TIMESTAMP 3/4/2024\n"
    site.write(ONE + AGAIN, quiet)
    site.collect()
    assert Ended("amber", "10:00:00", "reset") in site.ended()
    site.write(two=told_late)
    site.collect()
    assert Ended("amber", "11:45:00", "superseded") in site.ended()
    fresh = Site(site.folder.parent / "fresh")
    fresh.write(ONE + AGAIN, quiet + told_late)
    fresh.collect()
    assert fresh.exported() == site.exported()


def test_a_silent_server_is_down(site: Site) -> None:
    """It is so once the other one has written for more than seven hours; when it writes again, it never was."""
    site.write(SILENT, TWO + SEVEN_HOURS_LATER.replace(":03", ":02"))
    site.collect()
    assert [] == [one for one in site.ended() if one.reason == "superseded"]
    site.write(two=SEVEN_HOURS_LATER)
    site.collect()
    assert by_name(SUPERSEDED) == site.ended()
    site.write("17:30:00 (lmgrd) TIMESTAMP 3/4/2024\n")
    site.collect()
    assert [] == [one for one in site.ended() if one.reason == "superseded"]


def test_servers_that_are_not_redundant_any_more(site: Site) -> None:
    """The configuration decides of what is read already; a source taken out of it stays what it was."""
    site.write(ONE, TWO)
    site.collect()
    before = site.exported()
    config = site.folder / "config.yaml"
    config.write_text(CONFIG.replace('one.log"], redundant: true', 'one.log"]'))
    site.run("collect")
    assert [] == [one for one in site.ended() if one.reason == "superseded"]
    config.write_text(CONFIG)
    site.collect()
    assert before == site.exported()
    config.write_text("".join(CONFIG.splitlines(keepends=True)[:-2]) + CONFIG.splitlines(keepends=True)[-1])
    site.collect()
    assert before == site.exported()


def test_a_source_that_is_reset(site: Site) -> None:
    """Without the other server's log nothing is superseded; once it is read again, all is as before."""
    site.write(ONE, TWO)
    site.collect()
    before = site.exported()
    told(site.run("reset", "--source", "two", "--yes"))
    assert [] == [one for one in site.ended() if one.reason == "superseded"]
    site.collect()
    assert before == site.exported()


@pytest.mark.parametrize("place", ["mid-upserts", "before-offset-update", "before-commit", "after-commit"])
@pytest.mark.parametrize("nth", [1, 2])
def test_killed_in_between(site: Site, place: str, nth: int) -> None:
    """A kill before or after the commit that ends a session elsewhere changes nothing: it ends once."""
    site.write(ONE, TWO[:300])
    site.collect()
    site.write(AGAIN, TWO[300:] + LATER)
    died = subprocess.run(
        [sys.executable, "-m", "exporter", "collect"],
        cwd=site.folder,
        env={**environment(), "TAIL_FP": f"{place}:{nth}"},
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )
    assert -signal.SIGKILL == died.returncode
    site.collect()
    whole = Site(site.folder.parent / "whole")
    whole.write(ONE + AGAIN, TWO + LATER)
    whole.collect()
    assert whole.exported() == site.exported()
