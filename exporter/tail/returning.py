"""
Rotated files that hold a generation whose file was gone: a mirror brings them after the log, an archive comes back.

What such a file holds beyond what was read is read late.
"""

from __future__ import annotations

from collections.abc import Sequence

from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.opening import LogFile, UnreadableKindError, open_log
from exporter.tail.register import Register
from exporter.tail.seen import Seen


def find_again(seen: Sequence[Seen], register: Register, front: str) -> list[Seen]:
    """
    Return *seen* with the owners of the files that hold a closed generation lying nowhere else, and more lines of it.

    The file at the path *front* is none of them: it is the log itself.
    """
    recognised = list(seen)
    there = {each.owner.id for each in seen if each.owner}
    for at, (found, owner, head) in enumerate(seen):
        if owner is not None or not head or found.path == front:
            continue
        try:
            log = open_log(found.path)
        except (OSError, UnreadableKindError):
            continue
        try:
            gone = (known for known in reversed(register.known) if known.closed and known.id not in there)
            generation = next((known for known in gone if _goes_on_in(known, log)), None)
        finally:
            log.close()
        if generation is not None:
            register.find_again(generation, found)
            there.add(generation.id)
            recognised[at] = Seen(found, generation, head)
    return recognised


def _goes_on_in(generation: Generation, log: LogFile) -> bool:
    """Say whether *log* holds what was read of *generation*, and more; nothing is read of what is known as a copy."""
    if log.compressed or not (generation.offset and generation.first_hash):
        return False
    same = identity.same_head(generation, log) and identity.same_marker(generation, log)
    return same and bool(log.read_at(generation.offset, 1))
