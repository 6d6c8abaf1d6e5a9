"""Instants: as people type them, and as every report writes them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from exporter.errors import UsageError
from exporter.reports.printable import clean


def parse_instant(text: str, zone: tzinfo, now: float) -> int:
    """
    Return the UTC second that *text* means.

    ``now`` is *now*. An ISO 8601 date and time that ends in ``Z`` or an offset is taken as it stands; one without is
    local time of *zone*, the site's: a time that does not exist moves forward, one that comes twice is the first.
    A date alone is its midnight. Raises UsageError.
    """
    if text.strip().lower() == "now":
        return int(now)
    try:
        moment = datetime.fromisoformat(text.strip())
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() // 1)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f'"{clean(text)}" is not an instant. Write it like 2022-05-05T08:42:20Z (UTC), '
            f'"2022-05-05 08:42" (time of {zone}), or now.'
        ) from error


def iso(seconds: float) -> str:
    """Return a UTC second as ``2022-05-05T08:42:20Z``."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(seconds: float | None) -> str | None:
    """Return `iso`, or None where there is no time."""
    return None if seconds is None else iso(seconds)
