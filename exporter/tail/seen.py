"""A file of a stream and the generation it holds, as a listing shows them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.chain import Found
from exporter.tail.opening import LogFile
from exporter.tail.rotation import packed


class Coming(NamedTuple):
    """A file that is not begun yet."""

    found: Found
    head: bytes
    """Its first bytes, empty when it can't be read."""
    held: LogFile | None = None
    """Its open file, where it lies nowhere any more; see `exporter.tail.adrift`."""


class Seen(NamedTuple):
    """A file, whose it is (None: not known yet), and its first bytes."""

    found: Found
    owner: Generation | None
    head: bytes


def was_empty(generation: Generation) -> bool:
    """Say whether the generation's file was left without a byte in it."""
    return generation.closed and not (generation.offset or generation.head_length or generation.size)


def home_of(generation: Generation, seen: Sequence[Seen]) -> Found | None:
    """Return the file the generation lies in: its own inode, else the newest copy."""
    homes = [each.found for each in seen if each.owner is generation]
    own = [found for found in homes if identity.same_inode(generation, *found.inode_key)]
    return next(iter(own or homes[::-1]), None)


def index_of_inode(generation: Generation, files: Sequence[Found]) -> int:
    """Return which of *files* lies in the generation's inode, though with other content; -1 for none."""
    return next((at for at, found in enumerate(files) if identity.same_inode(generation, *found.inode_key)), -1)


def outgrew(each: Seen, home: Seen) -> bool:
    """Say whether a file that begins like the one in *home* is a log of its own: a copy is longer only if unpacked."""
    if each.owner is not home.owner or each is home or packed(each.found.path) or packed(home.found.path):
        return False
    return each.found.size > home.found.size


def grown(seen: Sequence[Seen], *, or_may: bool) -> list[Generation]:
    """
    Return the closed generations whose files have more than was read of them; *or_may*: or may come to have it.

    Nothing comes to a packed file, though it may have been found with more, and to a copy that nothing was read from.
    """

    def has_more(found: Found, owner: Generation) -> bool:
        if packed(found.path):
            return owner.size > owner.offset
        return or_may or found.size > owner.offset

    def is_read(owner: Generation) -> bool:
        # To a file that was left empty half a line may have come: it has a head and a size, and no first line yet.
        begun = owner.head_length and owner.size and not owner.offset
        return bool(owner.first_hash or begun or (or_may and was_empty(owner)))

    return [
        owner
        for found, owner, _ in seen
        if owner is not None
        and owner.closed
        and is_read(owner)
        and identity.same_inode(owner, *found.inode_key)
        and has_more(found, owner)
    ]


def newer_than_read(generation: Generation, seen: Sequence[Seen]) -> Sequence[Seen]:
    """Return those *seen* that are newer than every one that was read, or is known; of *generation* nothing was."""
    others = [at for at, each in enumerate(seen) if each.owner not in (None, generation)]
    return seen[max(others, default=-1) + 1 :]


def given_to_empty(generation: Generation, seen: Sequence[Seen]) -> list[Seen] | None:
    """
    Return *seen* with an empty *generation* in the oldest file that is newer than all that was read; None: as it is.

    Any file begins as an empty one did: that may have been rotated since, with lines that were never seen.
    """
    if generation.closed or generation.offset or generation.head_length:
        return None
    # One that has bytes and shows none can't be read now; it comes first all the same.
    first = next((each for each in newer_than_read(generation, seen) if each.found.size or each.owner), None)
    if first is None or first.owner is generation:
        return None
    own = index_of_inode(generation, files := [each.found for each in seen])
    if 0 <= own < files.index(first.found) and not files[own].size:
        return None  # it is empty still, and older: its writer may stay
    rest = [each._replace(owner=None) if each.owner is generation else each for each in seen]
    return [each._replace(owner=generation) if each.found is first.found else each for each in rest]


def goes_on(coming: Coming, now: Seen | None) -> bool:
    """
    Say whether a file that lies in the inode of the one that comes holds what that did: so does one of which nothing
    can be seen. Packing makes a new file, so a packed one in the inode of a plain one is another.
    """
    if now is None or now.found.size < coming.found.size:
        return False
    if packed(now.found.path):
        return packed(coming.found.path)
    return not now.head or now.head.startswith(coming.head)
