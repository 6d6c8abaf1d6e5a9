"""A server that gives no answer in its time is sent fewer lines at once, until it can take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exporter import shipping, sink
from exporter.catalog.tiers import TIERS
from exporter.errors import ConfigError, SinkAway, SinkSlow
from tests.property.ledger_site import LedgerSite, Written
from tests.property.test_any_history_of_a_sink import Shipping
from tests.reference.log_strategies import Log
from tests.reference.site_facts import Site

LOG = b"""\
 9:00:00 (lmgrd) TIMESTAMP 3/3/2024
 9:00:30 (acornd) OUT: "a" amber@ws-01
14:00:00 (acornd) IN: "a" amber@ws-01
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shipping]:
    """Give a sink that has hours, days and minutes to send, 64 lines at once and never fewer than 4."""
    monkeypatch.setattr(sink, "BODY", 64)
    monkeypatch.setattr(shipping, "FEWEST", 4)
    path = tmp_path / "ledger.db"
    site = LedgerSite(path, Site("UTC"), [Written("srv", Log("UTC", [LOG], 1_709_500_000))])
    shipped = Shipping(site, path)
    site.read_all()
    site.store()
    yield shipped
    site.close()


def takes(made: Shipping, monkeypatch: pytest.MonkeyPatch, most: int) -> list[int]:
    """Let the server answer in its time when it is sent so many lines at the *most*; return what it is sent."""
    seen: list[int] = []
    real = made.server.write

    def write(tier: str, body: bytes, turn: Callable[[], None]) -> None:
        turn()
        seen.append(body.count(b"\n"))
        if seen[-1] > most:
            raise SinkSlow("It did not answer.")
        real(tier, body)

    monkeypatch.setattr(made.server, "write", write)
    return seen


def ignore(*_: Any) -> None:
    """Take how far it is."""


def test_bodies_shrink_until_they_are_taken(made: Shipping, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that can take ten lines in its time gets all there is, and is not given up at the first silence."""
    seen = takes(made, monkeypatch, 10)
    made.sink.drain(ignore)

    assert made.sink.problem is None
    assert [64, 32, 16] == [lines for lines in seen if lines > 10][:3]
    made.see_the_same()


def test_one_that_takes_nothing_is_left_alone(made: Shipping, monkeypatch: pytest.MonkeyPatch) -> None:
    """When not even the fewest lines are answered it is no matter of size, and the round ends with a problem."""
    seen = takes(made, monkeypatch, 0)
    made.sink.drain(ignore)

    assert "It did not answer." == made.sink.problem
    assert len(seen) < 8


@pytest.mark.parametrize("error", [SinkAway("gone"), ConfigError(["influxdb[0].token_file: it can't be read"])])
def test_what_keeps_a_round_from_beginning_counts(
    made: Shipping, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Also an error before the first line of any tier is one of a tier's, so that an alert on errors sees it."""

    def connect() -> None:
        raise error

    monkeypatch.setattr(made.sink, "_connect", connect)
    made.sink.drain(ignore)

    assert str(error) == made.sink.problem
    assert 1 == sum(made.sink._standing[tier].errors for tier in TIERS)
