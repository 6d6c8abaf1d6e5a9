"""The section of a source that says how the lines of its START/STOP accounting are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from exporter.catalog.accounting import parts_of_date, parts_of_line
from exporter.config.section import Section
from exporter.config.values import Listed, Text, shown

_NOT_IN_TAGS = ":[]"


def _word(value: str) -> str:
    if len(value.split()) != 1:
        raise ValueError(f"{shown(value)} must be one word, without blanks")
    return value


def _tag(value: str) -> str:
    if any(sign in value for sign in _NOT_IN_TAGS):
        raise ValueError(f"{shown(value)} can't be a tag of syslog; leave out the colon and the [process] behind it")
    return value


def _written_as(parts: Callable[[str], Sequence[Any]]) -> AfterValidator:
    """Return what refuses a text of which *parts* finds something wrong."""

    def check(value: str) -> str:
        try:
            parts(value)
        except ValueError as error:
            raise ValueError(f"{shown(value)} {error}") from None
        return value

    return AfterValidator(check)


Word = Annotated[Text, AfterValidator(_word)]
Words = Annotated[tuple[Word, ...], Listed, Field(min_length=1)]


class StartStop(Section):
    """How the lines of an accounting log are written."""

    tags: Annotated[tuple[Annotated[Word, AfterValidator(_tag)], ...], Listed, Field(min_length=1)] = ("LIC_ACC",)
    start: Words = ("START",)
    stop: Words = ("STOP", "END")
    boot: Annotated[tuple[Word, ...], Listed] = ("BOOT",)
    """Words that alone are a message: the host has been started."""
    line: Annotated[Text, _written_as(parts_of_line)] = "{app} {word} {date} {user} PID: {pid}"
    date: Annotated[Text, _written_as(parts_of_date)] = "YYYYMMDD-HHMI"

    @model_validator(mode="after")
    def _words_differ(self) -> Self:
        kinds = {"start": self.start, "stop": self.stop, "boot": self.boot}
        for name, words in kinds.items():
            for other, others in kinds.items():
                both = sorted(set(words) & set(others))
                if name < other and both:
                    raise ValueError(f"has {shown(both[0])} in {name} and in {other}; a word says one thing")
        return self
