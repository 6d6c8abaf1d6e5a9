"""Real logs that lie outside of the project, where they are at hand, through the real command line."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from exporter.ledger.activity import read_activity
from exporter.ledger.reader import LedgerReader
from exporter.tiers.stopless import stopless
from tests.e2e.command_line import Command, told

CONFIG = """\
site: {{name: samples, timezone: UTC}}
ledger: {{path: ledger.db}}
sources:
  - {{name: lic, format: flexlm, server: srv, timezone: UTC, paths: ["{log}"]}}
"""

COUNTED = {
    # file: check-outs, check-ins, closed, open, inferred, unmatched, seat seconds of the closed ones, features,
    # a feature and its highest level, denials
    "autodesk-2022.log": (8402, 8400, 8400, 2, 0, 0, 39187256, 18, ("64300ACD_F", 242), 2),
    "maple-2022.log": (262, 262, 262, 0, 0, 0, 1011320, 4, ("Maple", 39), 0),
    "ansys-2017.log": (598, 598, 598, 0, 0, 0, 91519034, 6, ("aa_r_hpc", 384), 0),
    "autodesk-options-2016.log": (1918, 1918, 1918, 0, 0, 0, 7891510, 5, ("64300ACD_F", 12), 0),
}


def highest_level(spans: list[dict[str, str]]) -> int:
    """
    Return the highest sum of seats of the spans open at once.

    Of what happens in one second, an end is taken before a begin: the export has no order of lines within a second.
    """
    changes: Counter[tuple[str, int]] = Counter()
    for span in spans:
        changes[span["from"], 1] += int(span["seats"])
        if span["to"]:
            changes[span["to"], 0] -= int(span["seats"])
    level = highest = 0
    for _, seats in sorted(changes.items()):
        level += seats
        highest = max(highest, level)
    return highest


def test_a_real_accounting_log_is_counted_rightly(shared: Path, tmp_path: Path, seatwatch: Command) -> None:
    """Three sessions of the START/STOP log have ended, eight are open."""
    log = shared / "samples" / "start-stop" / "lic_acc.log"
    (tmp_path / "config.yaml").write_text(CONFIG.format(log=log).replace("flexlm", "startstop"))
    told(seatwatch("collect"))

    rows = list(csv.DictReader(told(seatwatch("export", "sessions")).splitlines()))
    ended = {(row["server"], row["feature"], row["start"]): row["seat_seconds"] for row in rows if row["end"]}
    assert 11 == len(rows)
    assert {
        ("wks12", "app1", "2000-11-20T07:47:40Z"): "1414",
        ("wks12", "app1", "2000-11-20T08:11:57Z"): "19347",
        ("wks5", "app5plus", "2000-11-20T09:12:53Z"): "11",
    } == ended


@pytest.mark.parametrize("file", sorted(COUNTED))
def test_a_real_log_is_counted_rightly(file: str, shared: Path, tmp_path: Path, seatwatch: Command) -> None:
    """Collected and exported, a real log has the sessions, seat seconds, levels and denials counted independently."""
    log = shared / "samples" / "flexlm" / file
    (tmp_path / "config.yaml").write_text(CONFIG.format(log=log))
    told(seatwatch("collect"))

    def rows(what: str) -> list[dict[str, str]]:
        return list(csv.DictReader(told(seatwatch("export", what)).splitlines()))

    sessions = rows("sessions")
    closed = [session for session in sessions if session["end"]]
    ledger = LedgerReader(tmp_path / "ledger.db")
    (checkouts, checkins, features) = next(ledger.ask("SELECT sum(checkouts), sum(checkins), count(*) FROM total"))
    tally = dict(ledger.ask("SELECT kind, n FROM tally"))
    ledger.close()
    feature, _ = COUNTED[file][8]
    assert COUNTED[file] == (
        checkouts,
        checkins,
        len(closed),
        len(sessions) - len(closed),
        sum(session["start_inferred"] == "true" for session in sessions),
        tally.get("unmatched", 0),
        sum(int(session["seat_seconds"]) for session in closed),
        features,
        (feature, highest_level([span for span in rows("spans") if span["feature"] == feature])),
        len(rows("denials")),
    )
    assert (0, 0) == (tally.get("unparsed", 0), tally.get("refused", 0))


@pytest.mark.parametrize("file", sorted(COUNTED))
def test_a_real_log_has_its_ends(file: str, shared: Path, tmp_path: Path, seatwatch: Command) -> None:
    """A healthy server is never taken for one that writes no check-ins, on no day of its log."""
    log = shared / "samples" / "flexlm" / file
    (tmp_path / "config.yaml").write_text(CONFIG.format(log=log))
    told(seatwatch("collect"))

    ledger = LedgerReader(tmp_path / "ledger.db")
    days = defaultdict(list)
    for day in read_activity(ledger.ask, 1):
        days[day.vendor].append(day)
    ledger.close()
    assert COUNTED[file][:2] == (
        sum(day.starts for of_vendor in days.values() for day in of_vendor),
        sum(day.stops for of_vendor in days.values() for day in of_vendor),
    )
    assert [[]] * len(days) == [stopless(of_vendor, 1 << 40) for of_vendor in days.values()]
