"""
Which generation a file is: by inode and content, for inodes are used again and names move.

Content identity is a hash of the first bytes (the head, <= 1 KiB, taken again while it grows) and one of the bytes
before the offset (the marker). Lengths are stored with the hashes, so they can change in a later version.
"""

from __future__ import annotations

from hashlib import blake2b

from exporter.records import Generation
from exporter.tail.opening import LogFile

HEAD = 1024
"""Longest head, bytes."""
MARKER = 1024
"""Longest marker, bytes."""


def digest(data: bytes) -> str:
    """Return the hash of *data* as hex, '' for nothing."""
    return blake2b(data, digest_size=16).hexdigest() if data else ""


def head_of(log: LogFile, offset: int = 0) -> bytes:
    """Return the first bytes of *log*, up to the first NUL behind *offset*: it may be a page not written yet."""
    head = log.read_at(0, HEAD)
    nul = -1 if log.compressed else head.find(b"\0", offset)
    return head[:nul] if nul >= 0 else head


def take_head(generation: Generation, log: LogFile) -> None:
    """Put the head of *log* in the record, when there is more of it than before."""
    head = head_of(log, generation.offset)
    known = generation.head_length
    if len(head) > known and digest(head[:known]) == generation.head:
        generation.head, generation.head_length = digest(head), len(head)


def take_marker(generation: Generation, log: LogFile) -> None:
    """Put the hash of the bytes before the offset in the record."""
    start = max(0, generation.offset - MARKER)
    before = log.read_at(start, generation.offset - start)
    generation.marker, generation.marker_length = digest(before), len(before)


def same_head(generation: Generation, log: LogFile) -> bool:
    """Say whether *log* begins as the generation did; an empty one begins as anything."""
    length = generation.head_length
    return digest(log.read_at(0, length)) == generation.head if length else True


def same_marker(generation: Generation, log: LogFile) -> bool:
    """Say whether the bytes before the generation's offset are in *log* at the same place."""
    length = generation.marker_length
    return digest(log.read_at(generation.offset - length, length)) == generation.marker if length else True


def same_inode(generation: Generation, device: int, inode: int) -> bool:
    """Say whether the file had this device and inode when it was last seen (an inode of 0: it is known to be gone)."""
    return generation.inode != 0 and (generation.device, generation.inode) == (device, inode)


def is_file_of(generation: Generation, log: LogFile, device: int, inode: int) -> bool:
    """
    Say whether *log* holds the generation, up to its offset at least.

    A closed generation in another inode must end where it ended, but one that was gone may have grown meanwhile. A
    closed and compressed one in its own inode is known by its head alone: its marker would cost reading it all at each
    start. One that could not be unpacked has no head: its inode may be given to a new log, which isn't compressed.
    """
    if not same_head(generation, log):
        return False
    if generation.closed and generation.size and not generation.head_length and not log.compressed:
        return False
    if same_inode(generation, device, inode):
        return (generation.closed and log.compressed) or same_marker(generation, log)
    if not generation.offset:
        # Nothing was read yet, so the whole file is to be read whichever it is.
        return not generation.closed and generation.head_length > 0
    if not same_marker(generation, log):
        return False
    return not generation.closed or not generation.inode or not log.read_at(generation.offset, 1)
