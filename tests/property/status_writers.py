"""Writes status texts as each kind of licence server does, from what shall be read in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from exporter.status_texts.times import DAYS

TAKEN = datetime.fromisoformat("2024-03-04 08:10")
"""A Monday."""


class Who(NamedTuple):
    """One who holds seats."""

    user: str
    host: str
    display: str
    seats: int
    start: datetime


class What(NamedTuple):
    """A feature; *idle* seats are reserved and not held."""

    name: str
    issued: int
    idle: int
    holders: Sequence[Who]

    @property
    def held(self) -> int:
        """Seats in use."""
        return sum(one.seats for one in self.holders)


def _weekday(time: datetime) -> str:
    return DAYS[time.weekday()]


def _short(time: datetime) -> str:
    return f"{time.month}/{time.day} {time.hour}:{time.minute:02}"


def lmstat(server: str, vendor: str, features: Sequence[What]) -> Iterator[str]:
    """Yield the lines of `lmstat -a`."""
    yield "lmutil - Copyright (c) 1989-2021 Flexera. All Rights Reserved."
    yield f"Flexible License Manager status on {_weekday(TAKEN)} {TAKEN.month}/{TAKEN.day}/{TAKEN.year} {TAKEN:%H:%M}"
    yield f"License server status: 27000@{server}"
    yield f"{server}: license server UP (MASTER) v11.18.1"
    yield f"Vendor daemon status (on {server}):"
    yield f"  {vendor}: UP v11.18.1"
    yield "Feature usage info:"
    for one in features:
        used = one.held + one.idle
        yield f"Users of {one.name}:  (Total of {one.issued} licenses issued;  Total of {used} licenses in use)"
        yield f'  "{one.name}" v1.0, vendor: {vendor}'
        yield "  floating license"
        if one.idle:
            yield f"\t{one.idle} RESERVATIONs for GROUP some group ({server}/27000)"
        for handle, who in enumerate(one.holders):
            seats = f", {who.seats} licenses" if who.seats > 1 else ""
            place = f"{who.user} {who.host} {who.display}".rstrip()
            began = f"{_weekday(who.start)} {_short(who.start)}"
            yield f"    {place} (v1.0) ({server}/27000 {handle}), start {began}{seats}"


def rlmstat(server: str, vendor: str, features: Sequence[What]) -> Iterator[str]:
    """Yield the lines of `rlmstat -a`."""
    yield "rlmutil v14.2"
    yield f"\trlm status on {server} (port 5053), up 1d 00:00:00"
    yield f"\tRecent Statistics (00:00:00), init time: Mon Mar  {TAKEN.day} {TAKEN:%H:%M:%S} {TAKEN.year}"
    yield f"\t{vendor} license pool status on {server} (port 5054)"
    for one in features:
        yield f"\t{one.name} v1.0"
        yield f"\t\tcount: {one.issued}, # reservations: {one.idle}, inuse: {one.held}, exp: permanent"
        yield "\t\tobsolete: 0, min_remove: 120, total checkouts: 1"
    yield f"\t{vendor} license usage status on {server} (port 5054)"
    for one in features:
        for who in one.holders:
            began = f"{who.start:%m/%d %H:%M}"
            yield f"\t{one.name} v1.0: {who.user}@{who.host} {who.seats}/0 at {began}  (handle: 1a)"


def lmx(server: str, vendor: str, features: Sequence[What]) -> Iterator[str]:
    """Yield the lines of `lmxendutil -licstat`."""
    yield "LM-X End-user Utility v3.32"
    yield f"LM-X License Server on 6200@{server}:"
    for one in features:
        yield "----------------------------------------"
        yield f"Feature: {one.name} Version: 1.0 Vendor: {vendor}"
        yield f"{one.held} of {one.issued} license(s) used{':' if one.holders else ''}"
        for who in one.holders:
            yield f"{who.seats} license(s) used by {who.user}@{who.host} [192.0.2.1]"
            yield f"Login time: 2024-01-01 00:00   Checkout time: {who.start:%Y-%m-%d %H:%M}"


def dsls(server: str, vendor: str, features: Sequence[What]) -> Iterator[str]:
    """Yield the lines of `getLicenseUsage -csv`."""
    yield "License Administration Tool Version 6.425.4"
    yield f"    Server name: {server}   Server id: A-1"
    yield "Editor,EditorId,Feature,Customer ID,Count,Inuse,Tokens,Casual Usage,Host,User,Granted Since,Queue Position,"
    for one in features:
        licence = f"{vendor},1,{one.name},1,{one.issued},{one.held},"
        if not one.holders:
            yield licence
        for who in one.holders:
            yield f"{licence}{who.seats},,{who.host} (1.0)/192.0.2.1,{who.user},{who.start:%Y-%m-%d %H:%M:%S},,"


def lsdyna(server: str, _: str, features: Sequence[What]) -> Iterator[str]:
    """Yield the lines of `lstc_qrun -r`."""
    yield f"Using user specified server 31010@{server}"
    yield "LICENSE INFORMATION"
    yield "PROGRAM          EXPIRATION CPUS  USED   FREE    MAX | QUEUE"
    yield "---------------- ----------      ----- ------ ------ | -----"
    for one in features:
        yield f"{one.name:<16} 12/30/2030      {'-' if one.holders else 0:>5} {0:>6} {one.issued:>6} |     0"
        for number, who in enumerate(one.holders):
            yield f" {who.user} {number}@{who.host}  {who.seats}"
    yield f"                   LICENSE GROUP {sum(one.held for one in features):>5}      0      0 |     0"


def olicense(server: str, vendor: str, features: Sequence[What]) -> Iterator[str]:
    """Yield the lines of `olixtool`."""
    yield "olixtool 4.8.0 - OLicense XML Status Application"
    yield f"Server: <{server}:31212:0> (Proxy: <>)"
    for one in features:
        yield "=============================================="
        yield f"Application:\t{vendor}"
        yield "Modules:"
        yield f"  {one.name};         \tFreeFloating;\t{one.issued};\t2030-12-31 23:59:59;"
        if one.holders:
            yield f"    {one.held} FloatsLockedBy:"
            yield from (f"      {who.user}@{who.host} #{who.seats}" for who in one.holders)


WRITERS: Mapping[str, Callable[[str, str, Sequence[What]], Iterator[str]]] = {
    "lmstat": lmstat,
    "rlmstat": rlmstat,
    "lmx": lmx,
    "dsls": dsls,
    "lsdyna": lsdyna,
    "olicense": olicense,
}
