"""LM-X: ``lmxendutil -licstat``, a paragraph a feature; names of features and users may hold blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from exporter.status_texts.draft import Draft, Feature
from exporter.status_texts.lines import Rule, rule, unknown
from exporter.status_texts.times import dated
from exporter.status_texts.told import Holder, UnknownLine

MARK = re.compile(r"LM-X (End-user Utility|License Server|license server)")
_N = r"([0-9]{1,12})"
_UNLIMITED = 2**31 - 1
"""Stands for as many as one likes."""


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._name = self._vendor = ""
        self._feature: Feature | None = None

    def server(self, found: re.Match[str]) -> None:
        self._draft.begin()
        self._draft.call(found[1])
        self._name = ""

    def feature(self, found: re.Match[str]) -> None:
        self._name, self._vendor = found[1], found[2]
        self._feature = None

    def used(self, found: re.Match[str]) -> bool:
        if not self._name:
            return False
        in_use, issued = int(found[1]), int(found[2])
        seats = issued if issued < _UNLIMITED else None
        self._feature = self._draft.feature(self._vendor, self._name, issued=seats, in_use=in_use)
        return True

    def holder(self, found: re.Match[str]) -> bool:
        if self._feature is None:
            return False
        self._feature.hold(found[2], found[3], int(found[1]))
        return True

    def times(self, found: re.Match[str]) -> bool:
        if self._feature is None or not self._feature.holders:
            return False
        last = self._feature.holders[-1]
        start = dated(found[1])
        self._feature.holders[-1] = Holder(last.user, last.host, last.display, last.seats, start, last.sure)
        return True

    def fault(self, found: re.Match[str]) -> None:
        self._draft.fault(found[0])


_RULES: Sequence[Rule[_Reader]] = (
    rule(r"LM-X End-user Utility .*"),
    rule(r"Copyright .*"),
    rule(r"[+]{5,}|-{5,}"),
    rule(r"LM-X license server\(s\):"),
    rule(r"There are no license server\(s\) available\.", _Reader.fault),
    rule(r"LM-X License Server on [0-9]+@(.+):", _Reader.server),
    rule(r"Server version: .*"),
    rule(r"Feature: (.+) Version: \S+ Vendor: (.+)", _Reader.feature),
    rule(r"Start date: .* Expire date: .*"),
    rule(r"Key type: .*"),
    rule(rf"{_N} of {_N} license\(s\) used:?", _Reader.used),
    rule(rf"{_N} license\(s\) (?:used|borrowed) by (.+)@(\S+)(?: \[[^\]]*\])?", _Reader.holder),
    rule(r"\s*Login time: .+?\s+Checkout time: (.+?)", _Reader.times),
    rule(r"\s*(?:Shared on (?:custom string|username|hostname)|Borrow expire time): .*"),
    rule(r"(?:ERROR|Error)\b.*", _Reader.fault),
)


def read(lines: Sequence[str], _near: datetime, draft: Draft) -> list[UnknownLine]:
    """Read *lines* into *draft*; its times are whole. Return what is not known."""
    return list(unknown(_Reader(draft), _RULES, lines))
