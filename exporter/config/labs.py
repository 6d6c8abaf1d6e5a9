"""Labs: rooms of machines whose logins count together, as a feature."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from exporter.config.section import Section
from exporter.config.values import Listed, Text, Whole

NO_LAB = "login"
"""The feature of logins at machines of no lab."""


class Lab(Section):
    """The machines of a room."""

    name: Text
    """The feature that logins at them use."""
    hosts: Annotated[tuple[Text, ...], Listed, Field(min_length=1)]
    """Names of machines: ``*``, ``?`` and ``[...]`` stand for others; upper and lower case are one."""
    machines: Annotated[Whole, Field(ge=1)] | None = None
    """How many there are, which is its capacity as long as `capacity` tells no other."""


def lab_of(host: str, labs: Iterable[Lab]) -> str:
    """Return the feature that logins at *host* use: the first of the *labs* that has it."""
    name = host.casefold()
    return next(
        (lab.name for lab in labs if any(fnmatchcase(name, pattern.casefold()) for pattern in lab.hosts)), NO_LAB
    )
