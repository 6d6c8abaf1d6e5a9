"""Writes what `lmutil lmstat -a` prints, from the truth that `simulate --truth` leaves."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Held(NamedTuple):
    """Seats that a session holds at an instant."""

    user: str
    host: str
    display: str
    seats: int
    start: int


Truth = Mapping[tuple[str, str], list[Held]]
"""By vendor and feature, what is held."""


def held_at(truth: Path, at: int) -> dict[tuple[str, str], list[Held]]:
    """Return what is held at the UTC second *at*, features that nobody uses too."""
    found: defaultdict[tuple[str, str], list[Held]] = defaultdict(list)
    for line in truth.read_text().splitlines():
        row = json.loads(line)
        if row["kind"] != "session":
            continue
        holders = found[row["vendor"], row["feature"]]
        for begin, end, seats in row["spans"]:
            if begin <= at and (end is None or at < end):
                holders.append(Held(row["user"], row["host"], row["display"], seats, row["start"]))
    return dict(found)


def lmstat_text(truth: Truth, at: int, *, issued: int = 500, reserved: int = 0, zone: str = "UTC") -> str:
    """Return what lic1 prints at *at*; every feature has *issued* seats, and *reserved* ones are kept for a group."""
    return "".join(f"{line}\n" for line in _lines(truth, at, issued, reserved, ZoneInfo(zone)))


def _lines(truth: Truth, at: int, issued: int, reserved: int, zone: tzinfo) -> Iterator[str]:
    now = datetime.fromtimestamp(at, zone)
    yield "lmutil - Copyright (c) 1989-2021 Flexera. All Rights Reserved."
    yield f"Flexible License Manager status on {now:%a} {now.month}/{now.day}/{now.year} {now:%H:%M}"
    yield ""
    yield "License server status: 27000@lic1"
    yield "    License file(s) on lic1: /opt/flexlm/licence.dat:"
    yield ""
    yield "lic1: license server UP (MASTER) v11.18.1"
    yield ""
    yield "Vendor daemon status (on lic1):"
    yield ""
    for vendor in sorted({vendor for vendor, _ in truth}):
        yield f"  {vendor}: UP v11.18.1"
        yield "Feature usage info:"
        yield ""
        for (of, feature), holders in sorted(truth.items()):
            if of == vendor:
                yield from _feature(vendor, feature, holders, issued, reserved, zone)


def _feature(
    vendor: str, feature: str, holders: Sequence[Held], issued: int, reserved: int, zone: tzinfo
) -> Iterable[str]:
    used = sum(one.seats for one in holders) + reserved
    plural, in_use = ("" if number == 1 else "s" for number in (issued, used))
    yield f"Users of {feature}:  (Total of {issued} license{plural} issued;  Total of {used} license{in_use} in use)"
    yield ""
    if used:
        yield f'  "{feature}" v1.0, vendor: {vendor}, expiry: 31-dec-2030'
        yield "  floating license"
        yield ""
        if reserved:
            yield f"\t{reserved} RESERVATION{'s' if reserved > 1 else ''} for GROUP night (lic1/27000)"
        for handle, one in enumerate(holders, 101):
            start = datetime.fromtimestamp(one.start, zone)
            began = f"{start:%a} {start.month}/{start.day} {start.hour}:{start:%M}"
            seats = f", {one.seats} licenses" if one.seats > 1 else ""
            display = one.display or one.host
            yield f"    {one.user} {one.host} {display} (v1.0) (lic1/27000 {handle}), start {began}{seats}"
        yield ""
