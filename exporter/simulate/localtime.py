"""Local wall time of a zone, fast enough to be asked for every line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

DAY = 86_400
_QUARTER = 900


class LocalTime:
    """UTC seconds seen on the wall clock of *zone*."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Take the zone."""
        self.zone = zone
        self._offsets: dict[int, int] = {}

    def offset(self, time: int) -> int:
        """Return local time less UTC, in seconds; every zone of today changes it on a quarter of an hour."""
        quarter = time // _QUARTER
        known = self._offsets.get(quarter)
        if known is None:
            if len(self._offsets) > 10_000:
                self._offsets.clear()
            known = self._offsets[quarter] = int((self.moment(time).utcoffset() or timedelta()).total_seconds())
        return known

    def moment(self, time: int) -> datetime:
        """Return the aware local datetime of *time*."""
        return datetime.fromtimestamp(time, self.zone)

    def of_day(self, time: int) -> int:
        """Return the seconds that the wall clock shows since midnight."""
        return (time + self.offset(time)) % DAY

    def day(self, time: int) -> int:
        """Return the number of the local day (0 is 1970-01-01, a Thursday)."""
        return (time + self.offset(time)) // DAY

    def weekday(self, time: int) -> int:
        """Return 0 for Monday to 6 for Sunday."""
        return (self.day(time) + 3) % 7

    def at(self, day: date, hour: int) -> int:
        """Return the UTC second at which *day* shows *hour*:00."""
        return int(datetime.combine(day, time_of_day(hour), self.zone).timestamp())

    def set_backs(self, begin: int, end: int) -> list[int]:
        """Return the UTC seconds in [begin, end) at which the wall clock is set back."""
        found = []
        quarters = range(begin - begin % _QUARTER, end, _QUARTER)
        # Days first, then the quarters of a day that differs: a year is 365 questions and not 35,000.
        for low in quarters[:: DAY // _QUARTER]:
            high = min(low + DAY, end)
            if self.offset(low) == self.offset(high):
                continue
            for moment in range(low + _QUARTER, high + 1, _QUARTER):
                if moment < end and self.offset(moment) < self.offset(moment - _QUARTER):
                    found.append(moment)
        return found
