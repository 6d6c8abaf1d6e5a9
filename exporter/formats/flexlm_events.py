"""From the parts of a message of a FlexNet debug log to the event that it tells."""

from __future__ import annotations

from exporter.events import Change, Denial, Event, QueueEnter, QueueLeave, Start, Stop
from exporter.formats.flexlm_grammar import EventText, denial, end_reason


def event_of(parts: EventText, vendor: str, time: int, at: int) -> Event:
    """Return the event that the parts of a message make."""
    key = (time, at, vendor, parts.feature, parts.who, parts.display)
    match parts.verb:
        case "OUT":
            return Start(*key, parts.seats, parts.handle, parts.in_use)
        case "IN":
            return Stop(*key, parts.seats, end_reason(parts.reason), parts.handle, parts.in_use)
        case "UPGRADE":
            return Change(*key, parts.before or 0, parts.seats, parts.handle, parts.in_use)
        case "QUEUED":
            return QueueEnter(*key, parts.seats)
        case "DEQUEUED":
            return QueueLeave(*key, parts.seats)
    return Denial(*key, parts.seats, *denial(parts.verb, parts.reason), parts.verb != "UNSUPPORTED")
