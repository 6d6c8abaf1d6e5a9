"""
Rotated files that hold a generation whose file was gone: a mirror brings them after the log, an archive comes back.

So do packed ones whose log was written on before it was packed. What such a file holds beyond what was read is read
late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exporter.records import Generation
from exporter.tail import identity, trail
from exporter.tail.opening import LogFile, UnreadableKindError, is_whole, length_of, open_log
from exporter.tail.register import Register
from exporter.tail.seen import Seen, index_of_inode


def recognise_returned(
    seen: Sequence[Seen], register: Register, front: str, read: Generation | None = None
) -> list[Seen]:
    """
    Return *seen* with the owners of the files that hold a closed generation lying nowhere else, and more lines of it.

    The generation that is *read* is left as it is: where it is found, reading goes on in it.

    A packed file that holds less than was read is known too: its log was written on while and after it was packed.
    The file at the path *front* is none of them: it is the log itself.
    """
    recognised = list(seen)
    there = {each.owner.id for each in seen if each.owner}
    for at, (found, owner, head) in enumerate(seen):
        gone_before = owner is not None and owner is not read and _is_gone(owner, register.known)
        if not head or (not gone_before and (owner is not None or found.path == front)):
            continue
        try:
            log = open_log(found.path)
        except (OSError, UnreadableKindError):
            continue
        try:
            if owner is not None:
                if _holds_more(owner, log):
                    register.find_again(owner, found, length_of(log) if log.compressed else found.size)
                continue
            if (end := _read_before(register.known, log)) is not None:
                recognised[at] = Seen(found, register.copy(found, log, end), head)
                continue
            gone = (known for known in reversed(register.known) if known.closed and known.id not in there)
            generation = next((known for known in gone if _holds_more(known, log)), None)
            size = found.size if not log.compressed or generation is None else length_of(log)
        finally:
            log.close()
        if generation is not None:
            register.find_again(generation, found, size)
            there.add(generation.id)
            recognised[at] = Seen(found, generation, head)
    return recognised


def known_by_open_file(generation: Generation, held: LogFile, seen: Sequence[Seen], register: Register) -> list[Seen]:
    """Return *seen* anew where a log that was empty has lines by now in its open file *held*, and lies elsewhere."""
    files = [each.found for each in seen]
    if generation.offset or generation.head_length or index_of_inode(generation, files) >= 0:
        return list(seen)
    identity.take_head(generation, held)
    return [Seen(found, *register.owner(found)) for found in files]


def _is_gone(generation: Generation, known: Iterable[Generation]) -> bool:
    """Say whether no file held *generation*, nor what it went on as after it was changed in place."""
    return (
        generation.closed
        and not generation.inode
        and not any(
            other.first_hash == generation.first_hash and other.rollbacks > generation.rollbacks for other in known
        )
    )


def _holds_more(generation: Generation, log: LogFile) -> bool:
    """Say whether *log* holds what was read of *generation*, and more; nothing is read of what is known as a copy."""
    if not (generation.offset and generation.first_hash):
        return False
    same = identity.same_head(generation, log) and identity.same_marker(generation, log)
    # A packed one that isn't whole may still be written.
    return same and bool(log.read_at(generation.offset, 1)) and is_whole(log)


def _read_before(known: Iterable[Generation], log: LogFile) -> int | None:
    """Return the length of a packed *log* that holds the beginning of what was read of a generation; else None."""
    if not log.compressed:
        return None
    end = len(log.read_at(0, identity.HEAD))
    alike = [each for each in known if each.trail and (each.head_length > end or identity.same_head(each, log))]
    if not alike:
        return None  # what isn't known isn't unpacked before it is read
    end = length_of(log)
    if log.damage is not None:
        return None  # it may not be written to its end
    longer = any(end < each.offset and trail.kept_prefix(each, log, end) for each in alike)
    return end if longer else None
