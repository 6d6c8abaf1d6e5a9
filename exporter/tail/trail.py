"""
Recognising what was read, further back than the marker: a trail of waymarks through the whole file.

A waymark is an offset and a short hash of the 256 bytes before it. Waymarks lie on a grid of 256 bytes, each cell of
it near the beginning and near the end, ever wider apart towards the middle; the last one stands at the offset itself.
Which ones are kept depends on the offset alone, not on how the file was read. Text form: ``offset:hash``, both hex,
ascending, blanks between.
"""

from __future__ import annotations

from hashlib import blake2b

from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.opening import LogFile

_SEARCHED = 64 << 20
"""How far from its start a file is searched for the place that was reached, bytes."""

_CELL = 256
_DENSE_HEAD = 4 * 1024
_DENSE_TAIL = 8 * 1024
_CHUNK = 1 << 20
_MOST_LINES = 2_000_000


def extend(generation: Generation, log: LogFile) -> None:
    """
    Bring the trail up to the generation's offset, from *log*, which holds it.

    Where *log* can't be read, or holds something else by now, the trail stays as it was: it only is shorter.
    """
    if log.compressed:
        return  # packed after it was written: it is not cut short or written anew in its place
    try:
        extended = _extended(generation, log)
        # Looked at after reading: what was hashed belongs to this generation if the bytes before it are still there.
        if extended != generation.trail and identity.same_marker(generation, log):
            generation.trail = extended
    except OSError:
        return


def kept_prefix(generation: Generation, log: LogFile, size: int) -> bool:
    """
    Say whether *log*, of *size* bytes, is an earlier state of what was read: cut short, or an older copy put back.

    A log begun anew differs at some waymark, unless it holds only what both begin with. Less than 256 bytes are always
    taken for a log begun anew: that is far likelier than a file that lost all but its first line. Raises OSError.
    """
    marks = [(at, known) for at, known in _marks(generation) if _CELL <= at <= size]
    return size < generation.offset and bool(marks) and all(_hash_at(log, at) == known for at, known in marks)


def crosses(generation: Generation, start: int, end: int) -> bool:
    """Say whether there is a waymark behind *start*, up to *end*."""
    return any(start < at <= end for at, _ in _marks(generation))


def kept_until(generation: Generation, log: LogFile, size: int) -> tuple[int, int]:
    """
    Return the last waymark up to which *log*, of *size* bytes, holds what was read, and the first that differs.

    Between the two lies the place where it goes on with something else; (0, 0): no waymark differs. Raises OSError.
    """
    kept = 0
    for at, known in _marks(generation):
        if at > size:
            break
        if _hash_at(log, at) != known:
            return kept, at
        kept = at
    return 0, 0


def moved_to(generation: Generation, log: LogFile, limit: int = _SEARCHED, *, record: int = 0) -> int | None:
    """
    Return the offset in *log* up to which all was read, when its beginning was taken away; None when it isn't found.

    It is the first line end, within *limit* bytes, behind which the marker and all waymarks lie as far before it as
    they lay before the generation's offset. Less than 256 kept bytes tell nothing. Raises OSError.

    *record*: the bytes of each record, 0 for lines.
    """
    offset = generation.offset
    marks = _marks(generation)
    if not marks or marks[-1][0] != offset or offset <= _CELL:
        return None
    wanted = bytes.fromhex(marks[-1][1])
    tries = 0
    start, tail = 0, b""
    end = min(limit, offset - 1)
    while start < end and (chunk := log.read_at(start, min(_CHUNK, end - start))):
        data = tail + chunk
        shift = start - len(tail)
        at = _line_end(data, len(tail), shift, record)
        while at:
            if at >= _CELL and blake2b(data[at - _CELL : at], digest_size=5).digest() == wanted:
                place = shift + at
                if _all_moved(generation, marks, log, offset - place):
                    return place
            at = _line_end(data, at, shift, record)
            tries += 1
        if tries > _MOST_LINES:
            return None
        start += len(chunk)
        tail = data[-_CELL:]
    return None


def _line_end(data: bytes, start: int, shift: int, record: int) -> int:
    """Return the first line end behind *start* in *data*, which lies at *shift* in its file; 0 where there is none."""
    if not record:
        return data.find(b"\n", start) + 1
    at = (shift + start) // record * record + record - shift
    return at if at <= len(data) else 0


def _extended(generation: Generation, log: LogFile) -> str:
    offset = generation.offset
    before, _, last = generation.trail.rpartition(" ")
    at = _mark(last)[0]
    if at <= offset and at // _CELL == offset // _CELL:
        if at == offset:
            return generation.trail
        kept = before if at % _CELL else generation.trail
    else:
        known = dict(_marks(generation))
        kept = " ".join(f"{at:x}:{known.get(at) or _hash_at(log, at)}" for at in _places(offset))
    return f"{kept} {offset:x}:{_hash_at(log, offset)}".lstrip() if offset % _CELL else kept


def _all_moved(generation: Generation, marks: list[tuple[int, str]], log: LogFile, by: int) -> bool:
    """Say whether the marker and each waymark lie in *log*, *by* bytes nearer to its start, where that is in it."""
    length = generation.marker_length
    start = generation.offset - by - length
    if start >= 0 and identity.digest(log.read_at(start, length)) != generation.marker:
        return False
    return all(_hash_at(log, at - by) == known for at, known in marks if at - by >= _CELL)


def _places(offset: int) -> list[int]:
    """Return where waymarks stand in what is read up to *offset*: at multiples of the distance that holds there."""
    places = []
    dense = (offset - _DENSE_TAIL) // _CELL * _CELL + _CELL
    at = _CELL
    while at <= offset:
        apart = _apart(at, offset - at)
        if at % apart == 0:
            places.append(at)
        # The distance shrinks towards the end, within one step to its half at most, but for where the dense part is.
        step = max(_CELL, apart // 2)
        onward = at - at % step + step
        at = min(onward, dense) if at < dense else onward
    return places


def _apart(at: int, to_end: int) -> int:
    """Return the distance of waymarks at *at*: a power of two, half the way to the nearer end at most."""
    if at < _DENSE_HEAD or to_end < _DENSE_TAIL:
        return _CELL
    return 1 << (min(at, to_end) // 2).bit_length() - 1


def _hash_at(log: LogFile, at: int) -> str:
    start = max(0, at - _CELL)
    return blake2b(log.read_at(start, at - start), digest_size=5).hexdigest()


def _mark(text: str) -> tuple[int, str]:
    at, _, known = text.partition(":")
    return int(at or "0", 16), known


def _marks(generation: Generation) -> list[tuple[int, str]]:
    return [_mark(text) for text in generation.trail.split()]
