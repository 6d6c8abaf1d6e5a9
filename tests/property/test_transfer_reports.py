"""Reports of transfers: whatever was sent, the rows are those that counting file by file gives."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.ledger.reader import LedgerReader
from exporter.reports.transfers import Asked, transfers
from tests.property.test_any_history_of_transfers import BEGIN, SPAN, Sent, Site, fields_of, logs

MADRID = ZoneInfo("Europe/Madrid")
Key = tuple[int | None, tuple[str, ...]]
asking = st.builds(
    Asked,
    st.just(MADRID),
    st.one_of(st.none(), st.integers(BEGIN, BEGIN + SPAN)),
    st.one_of(st.none(), st.integers(BEGIN, BEGIN + SPAN)),
    st.sampled_from([(), ("px0",), ("px0", "px1"), ("none",)]),
    st.sampled_from([(), ("pier",), ("nobody",)]),
    st.sampled_from([(), ("tx",), ("rx",)]),
    st.sampled_from([(), ("SA",), ("S", "a=*"), ("All",), ("?M",), ("none",)]),
    st.sets(st.sampled_from(["client", "machine", "product"])).map(tuple),
    st.sampled_from([None, 300, 900, 3600, 14_400, 86_400]),
)


def step_of(moment: int, step: int) -> int:
    """Return when the step of a local day begins that holds a UTC second, by going through the day."""
    local = datetime.fromtimestamp(moment, MADRID)
    begin = int((local.replace(hour=0, minute=0, second=0, fold=0)).timestamp())
    while begin + step <= moment:
        begin += step
    return begin


def wanted(read: dict[str, list[Sent]], asked: Asked) -> dict[Key, tuple[tuple[int, ...], set[str]]]:
    """Return the fields and machines of each row, file by file."""
    held: defaultdict[Key, list[Sent]] = defaultdict(list)
    machines: defaultdict[Key, set[str]] = defaultdict(set)
    for machine, files in read.items():
        for one in files:
            minute, product = one.time // 60 * 60, "" if one.error else one.product
            fits = (
                (asked.start is None or asked.start <= minute)
                and (asked.end is None or minute < asked.end)
                and (not asked.machines or machine in asked.machines)
                and (not asked.clients or one.client in asked.clients)
                and (not asked.directions or "tx" in asked.directions)
                and (not asked.products or any(_fits(product, pattern) for pattern in asked.products))
            )
            if fits:
                names = {"client": one.client, "machine": machine, "product": product}
                start = None if asked.step is None else step_of(one.time, asked.step)
                key = start, ("tx", *(name for what, name in names.items() if what in asked.by))
                held[key].append(one)
                machines[key].add(machine)
    return {key: (fields_of(inside), machines[key]) for key, inside in held.items()}


def _fits(product: str, pattern: str) -> bool:
    if pattern == "All":
        return True
    return fnmatch(product, pattern) if {*"*?["} & {*pattern} else pattern in product


@settings(max_examples=settings.default.max_examples // 5)
@given(logs, st.lists(asking, min_size=1, max_size=5), st.integers(0, 1 << 16).map(Random))
def test_a_report_counts_file_by_file(written: list[list[list[Sent]]], asked: list[Asked], random: Random) -> None:
    """Of any span, machines, clients, directions, patterns and steps, each row has every file once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        site = Site(path)
        blocks = [(f"px{number}", block) for number, log in enumerate(written) for block in log]
        random.shuffle(blocks)
        for machine, block in blocks:
            site.commit(machine, block)
        reader = LedgerReader(path)
        for one in asked:
            found = transfers(reader, one)
            rows = {(row.start, row.names): (row.sums.fields(), row.machines) for row in found.rows}
            expected = wanted(site.read, one)
            assert expected == rows
            assert len(found.rows) == len(rows)
            assert sorted({machine for _, machines in expected.values() for machine in machines}) == found.machines
        reader.close()
        site.ledger.close()


def test_steps_of_a_day_on_which_clocks_change() -> None:
    """Steps count from local midnight: the last one of a short day is short, that of a long day has a rest."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "ledger.db")
        midnight = datetime(2024, 3, 31, tzinfo=MADRID)
        hours = [int(midnight.timestamp()) + hour * 3600 for hour in (0, 11, 12, 22, 23)]
        site.commit("px0", [Sent(hour, "pier", "SA", 1, None, error=False) for hour in hours])
        reader = LedgerReader(Path(folder) / "ledger.db")
        found = transfers(reader, Asked(MADRID, step=43_200))
        tomorrow = int((midnight + timedelta(days=1)).timestamp())
        assert [(hours[0], 2), (hours[2], 2), (tomorrow, 1)] == [(row.start, row.sums.files) for row in found.rows]
        reader.close()
        site.ledger.close()
