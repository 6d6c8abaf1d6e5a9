"""
Every field of a window, named once, in the order of exports: name, kind, unit, what it says, decimals.

Shares of issued seats and `saturated_seconds` count only while it is known how many seats are issued.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["real", "whole"]
SHARES = (50, 75, 90, 95, 100)
"""Percent of the issued seats for which the time at or above is kept."""


class WindowField(NamedTuple):
    """One field; *help* is one sentence."""

    name: str
    kind: Kind
    unit: str
    help: str

    @property
    def decimals(self) -> int:
        """Digits behind the point where it is printed."""
        return 6 if self.kind == "real" else 0

    def text(self, value: float) -> str:
        """Return a value as exports print it."""
        return f"{value:.{self.decimals}f}"


def _at_least(share: int) -> WindowField:
    return WindowField(
        f"seconds_ge_{share}", "whole", "seconds", f"Time with at least {share} % of the issued seats in use."
    )


WINDOW_FIELDS = (
    WindowField("in_use_mean", "real", "seats", "Mean of the seats in use over the covered time."),
    WindowField("in_use_max", "whole", "seats", "Most seats in use at once, however briefly."),
    WindowField("in_use_min", "whole", "seats", "Fewest seats in use at once, however briefly."),
    WindowField("seat_seconds", "whole", "seat seconds", "Seats in use times the seconds they were in use."),
    WindowField("covered_seconds", "whole", "seconds", "Time of the window that the log tells of."),
    WindowField("issued", "real", "seats", "Mean of the seats issued over the covered time, 0 while unknown."),
    WindowField("saturated_seconds", "whole", "seconds", "Time in which every issued seat was in use."),
    WindowField("over_issued_seconds", "whole", "seconds", "Time in which more seats were in use than issued."),
    *(_at_least(share) for share in SHARES),
    WindowField("checkouts", "whole", "lines", "Check-out lines."),
    WindowField("checkins", "whole", "lines", "Check-in lines, those that match no check-out included."),
    WindowField("denials", "whole", "lines", "Denial lines of every class, each retry counted."),
    WindowField("denials_waited", "whole", "episodes", "Denials after which the person got a seat, but had to wait."),
    WindowField("denials_refused", "whole", "episodes", "Denials after which the person got no seat."),
    WindowField("queued_max", "whole", "seats", "Most seats waited for at once, however briefly."),
    WindowField("users", "whole", "users", "Distinct users with a session open at any time in the window."),
    WindowField(
        "suspect_seats", "whole", "seats", "Most seats at once whose check-in may be in a lost part of the log."
    ),
)
"""All of them."""
BREAKDOWN_FIELDS = tuple(field for field in WINDOW_FIELDS if field.name in {"seat_seconds", "checkouts", "denials"})
"""Those that windows by group have."""
