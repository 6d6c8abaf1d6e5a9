"""The sessions of a wtmp, from the file to the export, held against what `last` of util-linux shows of it."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.command_line import called, told
from tests.reference.wtmp_life import BEGIN, lived
from tests.reference.wtmp_records import Record, boot, login, logout, packed, run_level, shutdown
from tests.servers.installed import installed

CONFIG = """
site: {name: here, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - {name: logins, format: wtmp, server: alder, timezone: America/New_York, max_session: 3650d, paths: ["wtmp*"]}
prometheus: {listen: null}
"""
ENDS = {"shutdown": "down", "reset": "crash", "": "gone"}
_MOMENT = r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"
_LINE = re.compile(
    rf"(?P<user>\S+) +(?P<line>\S+) +(?:(?P<host>\S+) +)?(?P<start>{_MOMENT}) "
    rf"(?:- (?P<end>{_MOMENT})|[- ] (?P<how>down|crash|gone)[a-z -]*)"
    r"(?: +\((?:(?P<days>\d+)\+)?(?P<hours>\d\d):(?P<minutes>\d\d)\))?"
)


class Shown(NamedTuple):
    """A session as `last` shows it: the second of its end where a record of its line tells, else how it ended."""

    user: str
    line: str
    host: str
    start: int
    end: int | None
    how: str
    minutes: int | None


@pytest.fixture
def last() -> str:
    """Give the path of `last`; without it the test is skipped, or fails where CI=true."""
    return installed("last", "util-linux")


def by_last(last: str, wtmp: Path) -> list[Shown]:
    """Return the sessions that `last` shows of a *wtmp*."""
    done = subprocess.run(
        [last, "-F", "-w", "-f", wtmp],
        env=os.environ | {"TZ": "UTC", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(_shown(line) for line in done.stdout.split("\n\n")[0].splitlines() if " system boot " not in line)


def _shown(text: str) -> Shown:
    found = _LINE.fullmatch(text.rstrip())
    assert found, f"not as last shows a session: {text!r}"
    end, how = found["end"], found["how"] or ""
    length = int(found["days"] or 0) * 1440 + int(found["hours"] or 0) * 60 + int(found["minutes"] or 0)
    return Shown(
        found["user"],
        found["line"],
        found["host"] or "",
        _second(found["start"]),
        _second(end) if end else None,
        how,
        length if how in ("down", "crash") else None,
    )


def _second(text: str) -> int:
    return int(datetime.strptime(text, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC).timestamp())


def by_seatwatch(folder: Path, wtmp: Path) -> list[Shown]:
    """Return the sessions that `collect` finds in a *wtmp* of *folder*; of ftp their lines are put in from the file."""
    (folder / "config.yaml").write_text(CONFIG)
    told(called(folder, "collect"))
    return sorted(_exported(told(called(folder, "export", "sessions")), wtmp.read_bytes()))


def _exported(text: str, wtmp: bytes) -> Iterator[Shown]:
    for row in csv.DictReader(StringIO(text)):
        start, end = (_iso(row[key]) if row[key] else None for key in ("start", "end"))
        assert start is not None
        line = row["display"].split()[-1]
        if row["display"].startswith("ftp "):
            line = _ftp_line(wtmp, row["user"], start)
        how = ENDS.get(row["end_reason"], "")
        minutes = (end - start) // 60 if end is not None and how else None
        yield Shown(row["user"], line, row["host"], start, None if how else end, how, minutes)


def _iso(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _ftp_line(wtmp: bytes, user: str, start: int) -> str:
    for at in range(0, len(wtmp), 384):
        record = wtmp[at : at + 384]
        who, second = record[44:76].rstrip(b"\0").decode(), int.from_bytes(record[340:344], "little")
        if record[8:12] == b"ftpd" and (who, second) == (user, start):
            return record[8:40].rstrip(b"\0").decode()
    raise AssertionError("no login on a line of ftp")


@pytest.mark.parametrize("seed", range(8))
def test_any_life_of_a_host(last: str, tmp_path: Path, seed: int) -> None:
    """Start, end, down, crash and gone of every session are those of `last`, line by line."""
    wtmp = tmp_path / "wtmp"
    wtmp.write_bytes(packed(lived(seed, 1_500)))

    expected = by_last(last, wtmp)

    assert {"down", "crash", "gone", ""} == {one.how for one in expected}
    assert expected == by_seatwatch(tmp_path, wtmp)


T = BEGIN
ODD: dict[str, list[Record]] = {
    "begins without a boot": [login(T, "pts/0", "amber", "a"), login(T + 5, "pts/1", "birch", "b"), boot(T + 99)],
    "a logout of nobody": [boot(T), logout(T + 5, "pts/0"), login(T + 9, "pts/0", "amber", "a")],
    "a ghost without a name": [login(T, "pts/0", "amber", "a"), Record(7, T + 5, "pts/0"), logout(T + 9, "pts/0")],
    "the clock steps back": [
        login(T, "pts/0", "amber", "a"), login(T - 3600, "pts/1", "birch", "b"),
        logout(T - 3000, "pts/1"), login(T - 2000, "pts/2", "cedar", "c"), logout(T + 60, "pts/0"),
    ],
    "run level 0 alone": [login(T, "pts/0", "amber", "a"), run_level(T + 60, "0"), boot(T + 99)],
    "run level 3": [login(T, "pts/0", "amber", "a"), run_level(T + 60, "3"), logout(T + 99, "pts/0")],
    "a login after the shutdown": [shutdown(T), login(T + 5, "pts/0", "amber", "a"), boot(T + 600)],
    "booted twice": [boot(T), login(T + 5, "pts/0", "amber", "a"), boot(T + 600), boot(T + 700)],
    "init takes the line": [login(T, "tty1", "amber", "a"), Record(5, T + 60, "tty1")],
    "names that fill their fields": [login(T, "l" * 12, "u" * 32, "h" * 255), logout(T + 60, "l" * 12)],
}  # fmt: skip


@pytest.mark.parametrize("records", ODD.values(), ids=ODD)
def test_what_hosts_write_at_odd_times(last: str, tmp_path: Path, records: list[Record]) -> None:
    """What happens at the edges of a host's life is what `last` makes of it."""
    wtmp = tmp_path / "wtmp"
    wtmp.write_bytes(packed(records))

    assert by_last(last, wtmp) == by_seatwatch(tmp_path, wtmp)
