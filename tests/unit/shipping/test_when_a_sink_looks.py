"""A sink looks at the features only when something may be due; it is asked every ten seconds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from exporter.catalog.tiers import HOURLY, LIVE
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.rules import Rules
from exporter.sessions.replay import replay
from exporter.sink import Sink
from tests.property.ledger_site import RULE, LedgerSite, Written
from tests.property.test_any_history_of_a_sink import Shipping
from tests.reference.log_strategies import Log
from tests.reference.site_facts import Site
from tests.unit.pipeline.pipeline_fakes import FakeClock

LOG = b"""\
 9:00:00 (lmgrd) TIMESTAMP 3/3/2024
10:00:30 (acornd) OUT: "f" amber@ws-01
12:10:10 (acornd) IN: "f" amber@ws-01
"""
HOUR = 1_709_460_000
"""Ten o'clock."""
FEATURE = ("srv", "acornd", "f")
_CHECKOUTS = [field.name for field in WINDOW_FIELDS].index("checkouts")


@pytest.fixture
def shipping(tmp_path: Path) -> Iterator[Shipping]:
    """Give a site of which everything is shipped."""
    path = tmp_path / "ledger.db"
    site = LedgerSite(path, Site("UTC"), [Written("srv", Log("UTC", [LOG], HOUR + 86_400))])
    made = Shipping(site, path)
    site.read_all()
    _call(made)
    yield made
    site.close()


def _call(shipping: Shipping) -> None:
    shipping.site.store()
    shipping._call()


def _looks(shipping: Shipping, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each look at all features."""
    looks: list[int] = []
    real = Sink._due
    monkeypatch.setattr(Sink, "_due", lambda sink: (looks.append(1), real(sink))[1])
    return looks


def test_while_nothing_moves_nobody_looks(shipping: Shipping, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor when lines come in the same minute that change nothing of what is closed."""
    looks = _looks(shipping, monkeypatch)
    for _ in range(3):
        shipping.sink()
    shipping.site.lines[0].grow(b'12:10:20 (acornd) OUT: "f" birch@ws-01\n')
    shipping.site.read_all()
    _call(shipping)
    assert [] == looks

    shipping.site.lines[0].grow(b'12:11:02 (acornd) IN: "f" birch@ws-01\n')
    shipping.site.read_all()
    _call(shipping)
    assert [1, 1] == looks  # what is due, and that nothing is left
    assert (FEATURE, HOUR + 7800) in shipping.server.points(LIVE.name)


def test_a_change_in_the_past_is_seen(shipping: Shipping, monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of a capacity, though nothing was read."""
    looks = _looks(shipping, monkeypatch)
    rules = Rules("UTC", RULE.grant_window, RULE.retry_window, {FEATURE: {HOUR: 7}}, {})
    shipping.site.ledger.adopt(rules, partial(replay, RULE))
    _call(shipping)

    assert looks
    assert 7.0 in shipping.server.points(HOURLY.name)[FEATURE, HOUR + 3600]
    shipping.see_the_same()


def test_a_new_feature_is_seen(shipping: Shipping, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a minute of which the others are sent up to its begin."""
    looks = _looks(shipping, monkeypatch)
    rules = Rules("UTC", RULE.grant_window, RULE.retry_window, {("srv", "acornd", "new"): {0: 7}}, {})
    shipping.site.ledger.adopt(rules, partial(replay, RULE))
    _call(shipping)

    assert looks
    shipping.see_the_same()


def test_what_happens_is_seen(shipping: Shipping, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that exits in that minute is told at once."""
    looks = _looks(shipping, monkeypatch)
    shipping.site.lines[0].grow(b"12:10:30 (lmgrd) EXITING DUE TO SIGNAL 15\n")
    shipping.site.read_all()
    _call(shipping)

    assert looks


def test_open_windows_are_sent_in_their_time(shipping: Shipping, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hour that is open goes every five minutes, the day every hour."""
    looks = _looks(shipping, monkeypatch)
    clock = shipping.sink._clock
    assert isinstance(clock, FakeClock)
    shipping.site.lines[0].grow(b'12:10:20 (acornd) OUT: "f" birch@ws-01\n')
    shipping.site.read_all()
    clock.time += 299
    _call(shipping)
    assert [] == looks
    assert 0 == shipping.server.points(HOURLY.name)[FEATURE, HOUR + 7200][_CHECKOUTS]
    clock.time += 1
    _call(shipping)

    assert looks
    assert 1 == shipping.server.points(HOURLY.name)[FEATURE, HOUR + 7200][_CHECKOUTS]
