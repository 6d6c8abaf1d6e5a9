"""Looking ahead: the blocks to come, through file handles of their own, so that nothing moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exporter.records import Block, Position
from exporter.tail.opening import LogFile, UnreadableKindError, open_log, share
from exporter.tail.reader import Reader
from exporter.tail.seen import Coming
from exporter.tail.wide import make_cutter

_STEP = 256 * 1024


def blocks_ahead(
    reader: Reader | None,
    pending: Sequence[Coming],
    not_after: int,
    limit: int,
    *,
    encoding: str = "utf-8",
    record: int = 0,
) -> Iterator[Block]:
    """
    Yield up to *limit* bytes from where *reader* stands, over the *pending* files; what can't be read is left out.

    Generations that are not begun have no number yet; here they count on from the current one.
    """
    sources: list[tuple[str, int, LogFile | None]] = [(coming.found.path, 0, coming.held) for coming in pending]
    number = reader.generation.id if reader else 0
    if reader and not reader.generation.closed:
        sources.insert(0, (reader.generation.path, reader.generation.offset, reader.held))
    for ahead, (path, offset, held) in enumerate(sources):
        try:
            log = share(held, path) if held else open_log(path)
        except (OSError, UnreadableKindError):
            continue
        try:
            final = ahead < len(sources) - 1
            for block in _blocks(log, Position(number + ahead, offset), not_after, encoding, record, final=final):
                yield block
                limit -= block.end.offset - block.start.offset
                if limit <= 0:
                    return
        finally:
            log.close()


def _blocks(
    log: LogFile, start: Position, not_after: int, encoding: str, record: int, *, final: bool
) -> Iterator[Block]:
    cutter = None
    while True:
        try:
            cutter = cutter or make_cutter(log, start.offset, encoding, record)
            piece = cutter.next(log, _STEP, final=final)
        except OSError:
            return
        if piece is None:
            return
        end = Position(start.generation, piece.end)
        yield Block(start, piece.data, end, not_after, piece.oversize)
        start = end
