"""OLicense: ``olixtool``, a paragraph a licence with its modules; those who hold one stand below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from exporter.status_texts.draft import Draft, Feature
from exporter.status_texts.lines import Rule, rule, unknown
from exporter.status_texts.told import UnknownLine

MARK = re.compile(r"olixtool |OLicense XML Status")
_N = r"([0-9]{1,12})"


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._application = ""
        self._module: Feature | None = None

    def server(self, found: re.Match[str]) -> None:
        self._draft.begin()
        host, _, rest = found[1].partition(":")
        if ":" in rest:  # <port:0> names no host
            self._draft.call(host)

    def application(self, found: re.Match[str]) -> None:
        self._application, self._module = found[1], None

    def module(self, found: re.Match[str]) -> None:
        self._module = self._draft.feature(self._application, found[1], issued=int(found[2]), in_use=0)

    def locked(self, found: re.Match[str]) -> bool:
        if self._module is None:
            return False
        self._module.in_use = int(found[1])
        return True

    def holder(self, found: re.Match[str]) -> bool:
        if self._module is None:
            return False
        self._module.hold(found[1], found[2], int(found[3]))
        return True

    def fault(self, found: re.Match[str]) -> None:
        self._draft.fault(found[0])


_RULES: Sequence[Rule[_Reader]] = (
    rule(r"olixtool .*"),
    rule(r"Copyright .*"),
    rule(r"Server: <(.*)> \(Proxy: <.*>\)", _Reader.server),
    rule(r"List of requested licenses:"),
    rule(r"={5,}|\s*-{5,}"),
    rule(r"Application:\s+(.+)", _Reader.application),
    rule(r"(?:VersionRange|Licenser|Licensee|License-ID):.*"),
    rule(r"Modules:"),
    rule(r"\s*Name; LicenseType; FloatCount; Expiration"),
    rule(rf"\s+(\S.*);\s*[^;]+;\s*{_N};[^;]*;?", _Reader.module),
    rule(rf"\s+{_N} FloatsLockedBy(?::| '.*')?", _Reader.locked),
    rule(rf"\s+(\S.*)@(\S+)\s+#{_N}", _Reader.holder),
    rule(r"OlComm [0-9]+ .+|(?:ERROR|Error)\b.*", _Reader.fault),
)


def read(lines: Sequence[str], _near: datetime, draft: Draft) -> list[UnknownLine]:
    """Read *lines* into *draft*; it tells no times. Return what is not known."""
    return list(unknown(_Reader(draft), _RULES, lines))
