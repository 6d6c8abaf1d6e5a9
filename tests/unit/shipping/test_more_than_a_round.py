"""More is due than one round takes: nothing goes twice, and nothing that never was there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter import due, shipping, sink
from tests.property.ledger_site import LedgerSite, Written
from tests.property.test_any_history_of_a_sink import Shipping
from tests.reference.log_strategies import Log
from tests.reference.site_facts import Site

LOG = b"""\
 9:00:00 (lmgrd) TIMESTAMP 3/3/2024
 9:00:30 (acornd) OUT: "a" amber@ws-01
 9:40:00 (acornd) OUT: "b" amber@ws-01
11:59:10 (acornd) OUT: "c" amber@ws-01
12:00:00 (acornd) IN: "c" amber@ws-01
"""


def test_each_window_goes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of features that come one after the other no minute before their first sight is sent, and the open hour once."""
    for module in (shipping, sink):
        monkeypatch.setattr(module, "ROUND", 100)
    monkeypatch.setattr(sink, "BODY", 30)
    monkeypatch.setattr(due, "_AT_ONCE", 25)
    sent: Counter[tuple[str, bytes]] = Counter()
    path = tmp_path / "ledger.db"
    site = LedgerSite(path, Site("UTC"), [Written("srv", Log("UTC", [LOG], 1_709_500_000))])
    made = Shipping(site, path)
    real = made.server.write

    def write(tier: str, body: bytes, turn: Callable[[], None]) -> None:
        turn()
        sent.update((tier, b" ".join(line.split(b" ")[::2])) for line in body.splitlines())
        real(tier, body)

    monkeypatch.setattr(made.server, "write", write)
    site.read_all()
    site.store()
    rounds: list[int] = []
    made.sink.drain(lambda done, _: rounds.append(done))

    assert 3 < len(rounds)
    assert {"live": 180 + 140 + 1, "hourly": 3 + 3 + 1 + 3, "longterm": 3} == Counter(tier for tier, _ in sent)
    # The window with which a round ended begins the next one.
    assert sum(sent.values()) - len(sent) < len(rounds)
    assert {1} == {count for (tier, _), count in sent.items() if tier != "live"}
    made.see_the_same()
    site.close()
