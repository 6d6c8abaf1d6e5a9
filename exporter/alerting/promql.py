"""The small pieces of PromQL: strings, selectors, durations, and what series of one scrape are joined by. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

SCRAPE = ("job", "instance")
"""Labels by which Prometheus tells scrapes apart: two sites may have sources and servers of one name."""
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_UNITS = (("d", 86400), ("h", 3600), ("m", 60))


def quoted(text: str) -> str:
    """Return a string, whatever *text* holds."""
    return f'"{text.translate(_ESCAPES)}"'


def selector(metric: str, match: Mapping[str, str], *more: str) -> str:
    """Return what selects the series of a metric whose labels are as in *match*; *more* are matchers as text."""
    matchers = ",".join((*(f"{label}={quoted(value)}" for label, value in match.items()), *more))
    return f"{metric}{{{matchers}}}" if matchers else metric


def duration(seconds: int) -> str:
    """Return a duration in the largest unit that it is a multiple of."""
    for unit, length in _UNITS:
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def on(labels: Iterable[str]) -> str:
    """Return how series of one scrape are joined that have these labels in common."""
    return f"on ({', '.join((*SCRAPE, *labels))})"


def by(labels: Iterable[str]) -> str:
    """Return how series are summed up by these labels and their scrape."""
    return f"by ({', '.join((*SCRAPE, *labels))})"
