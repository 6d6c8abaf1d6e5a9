"""Times of status texts, which leave out what a reader of the day knows: the year, the second, the zone."""

from __future__ import annotations

from datetime import datetime, timedelta

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SLACK = timedelta(days=1)
"""A time may be so much later than *near*: clocks and zones differ."""
_YEARS_BACK = 12
"""Within so many years each day of the year, but the 29th of February, has been each day of the week."""


def moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    """Return a local time, None where there is none such."""
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 -- the texts name no zone
    except ValueError:
        return None


def without_year(
    near: datetime, month: int, day: int, hour: int, minute: int, weekday: str | None = None
) -> datetime | None:
    """Return the latest such time that is not after *near*, on that *weekday* where one of these years has it so."""
    found = [
        time
        for year in range(near.year + 1, near.year - _YEARS_BACK, -1)
        if (time := moment(year, month, day, hour, minute)) is not None and time - near <= _SLACK
    ]
    on_day = [time for time in found if weekday in DAYS and time.weekday() == DAYS.index(str(weekday))]
    return next(iter(on_day or found), None)


def month_of(text: str) -> int:
    """Return 1 for ``Jan``, in any case; 0 where it is no month."""
    return MONTHS.index(text.capitalize()) + 1 if text.capitalize() in MONTHS else 0


def dated(text: str) -> datetime | None:
    """Return the local time of ``2024-09-17 17:59:34`` or ``2024-03-11 12:50``, None where there is none such."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return time.replace(tzinfo=None)
