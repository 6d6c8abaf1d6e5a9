"""The rules by which sessions begin, change and end, in words for those who ask why."""

from __future__ import annotations

BEGUN = "begun by its start line"
INFERRED = (
    "start inferred: a stop without start, before any start of the daemon was seen or after a gap (rules 3.4, 3.10)"
)
OPEN = "still open"
SUSPECT = "still open, or ended in the gap that begins then: not heard of since (rule 3.10)"
ENDED = {
    "returned": "ended by its stop line (returned)",
    "timeout": "ended by its stop line (timeout: taken back after a time without use)",
    "shutdown": "ended because the server shut down",
    "removed": "ended by its stop line (removed by an administrator)",
    "reset": "ended by a reset of the daemon, at its last line before (rule 3.5), or by a boot of the host (rule 3.6)",
    "superseded": "ended by a newer start that took its place (rules 3.6, 3.16)",
    "expired": "ended because it was open longer than max_session (rule 3.6)",
    "gap": "ended where a gap in the log begins: nothing was heard of it afterwards (rule 3.10)",
}
"""By `exporter.facts.END_REASONS`."""


def changed(before: int, seats: int) -> str:
    """Return the rule by which a session came to its seats."""
    return f"changed from {before:,} to {seats:,} seats by a change line (rule 3.3)"
