"""A log whose options file says `NOLOG IN`, beside a daemon that writes its check-ins, on the whole way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.facts import Activity
from exporter.ledger.activity import read_activity
from exporter.ledger.reader import LedgerReader
from tests.e2e.command_line import Command, told


def _day(date: str, outs: int, *, ins: int = 0) -> str:
    """Write a day in which `oakd` checks in what it checks out, and `acornd` so many as are told."""
    lines = [f" 9:00:00 (lmgrd) TIMESTAMP {date}"]
    for number in range(outs):
        who, time = f"u{number}@ws-{number}", f"10:{number % 60:02}:{number // 60:02}"
        lines += [
            f'{time} (acornd) OUT: "acorn_base" {who}  ',
            f'{time} (oakd) OUT: "oak_base" {who}  ',
            f'{time} (oakd) IN: "oak_base" {who}  ',
        ]
        lines += [f'{time} (acornd) IN: "acorn_base" {who}  '] * (number < ins)
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture
def collected(tmp_path: Path, config: Callable[..., Path], seatwatch: Command) -> Callable[[str], dict[str, object]]:
    """Give a function that collects a log and returns what `status` says of it."""
    config()
    (tmp_path / "logs").mkdir()

    def collect(text: str) -> dict[str, object]:
        (tmp_path / "logs" / "lic.log").write_text(text)
        told(seatwatch("collect"))
        (stream,) = json.loads(told(seatwatch("status", "--format", "json")))["streams"]
        return stream

    return collect


def test_a_daemon_without_check_ins_is_told(
    collected: Callable[[str], dict[str, object]], seatwatch: Command, tmp_path: Path
) -> None:
    """The daemon that writes none is named with its first such day, the other isn't, in JSON and in words."""
    text = _day("3/4/2024", 60, ins=60) + _day("3/5/2024", 60, ins=11) + _day("3/6/2024", 10)

    assert {"acornd": "2024-03-05T00:00:00Z"} == collected(text)["stopless"]
    assert "acornd writes no check-ins, or hardly any, since 2024-03-05" in told(seatwatch("status"))
    ledger = LedgerReader(tmp_path / "ledger" / "seatwatch.db")
    days = list(read_activity(ledger.ask, 1))
    ledger.close()
    first = 19_786
    acornd = [Activity("acornd", first + at, *counts, 0) for at, counts in enumerate(((60, 60), (60, 11), (10, 0)))]
    oakd = [Activity("oakd", first + at, *counts, 0) for at, counts in enumerate(((60, 60), (60, 60), (10, 10)))]
    assert acornd + oakd == days


def test_a_daemon_that_writes_them_again_is_not(collected: Callable[[str], dict[str, object]]) -> None:
    """After a day with check-ins it is as any other, once that day is over."""
    text = _day("3/4/2024", 60) + _day("3/5/2024", 60, ins=60)

    assert {"acornd": "2024-03-04T00:00:00Z"} == collected(text)["stopless"]
    assert {} == collected(text + _day("3/6/2024", 1))["stopless"]


def test_a_daemon_that_was_restarted_is_not(collected: Callable[[str], dict[str, object]]) -> None:
    """A restart ends all sessions, so what comes after it is known again."""
    text = _day("3/4/2024", 60) + _day("3/5/2024", 60) + "11:00:00 (lmgrd) Started acornd (pid 100)\n"

    assert {} == collected(text + _day("3/6/2024", 1))["stopless"]
