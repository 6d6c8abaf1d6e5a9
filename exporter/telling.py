"""What the operator's log says of sources and their logs: a line for each change, for the worse or the better."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from exporter.logs import StateLog
from exporter.views import StreamView

FOREIGN_LINES = 100
"""So many lines without one that is understood, and the log may be of another format."""


def tell_changes(states: StateLog, views: Iterable[StreamView], problems: Mapping[str, str | None]) -> None:
    """Log what changed for the worse or the better, a line each."""
    note = states.note
    for source, problem in problems.items():
        told = "A source finds no log." if problem else "The source finds its logs."
        note(
            ("source", source),
            problem,
            logging.WARNING if problem else logging.INFO,
            told,
            source=source,
            why=problem,
        )
    for view in views:
        about = {"source": view.source, "stream": view.name}
        key = (view.source, view.name)
        told = "A log can't be read." if view.problem else "The log can be read."
        note((*key, "problem"), view.problem, logging.WARNING, told, **about, why=view.problem)
        foreign = not view.tally.get("understood") and sum(view.tally.values()) >= FOREIGN_LINES
        told = "No line is understood: is it of this format?"
        note((*key, "foreign"), foreign or None, logging.WARNING, told, **about)
        note(
            (*key, "caught up"),
            view.caught_up or None,
            logging.INFO,
            "Caught up." if view.caught_up else "Behind.",
            **about,
        )
        told = "The log is stale: its features are not shown before its next line."
        told = told if view.stale else "The log has lines again."
        note((*key, "stale"), view.stale or None, logging.WARNING, told, **about)
