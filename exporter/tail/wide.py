"""
Cutting lines out of UTF-16 files: each line is a piece of its own, given as UTF-8.

A line is UTF-8 from here on and its length another, so only its start and its end are places in the file. Which
cutter a file needs is told by its format where that has records, else by its first bytes, then by the source's
configured encoding.
"""

from __future__ import annotations

from exporter.tail.fixed import FixedCutter
from exporter.tail.lines import LINE_LIMIT, STRIDE, Bytes, Cutter, Cutting, Piece, pass_nuls

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_FIRST_LOOK = 4096
_NUL = b"\0\0"


def make_cutter(source: Bytes, offset: int, encoding: str, record: int = 0) -> Cutting:
    """
    Return what cuts *source* from *offset* on; *encoding* is the configured one. Raises OSError.

    *record*: the bytes of each record, 0 for lines of text.
    """
    if record:
        return FixedCutter(offset, record)
    told = _MARKS.get(source.read_at(0, 2)) or ("utf-16-le" if encoding == "utf-16" else None)
    return WideCutter(offset, told) if told else Cutter(offset)


class WideCutter(Cutting):
    """Cuts UTF-16, a line a piece; the line limit counts bytes of the file."""

    verbatim = False

    def __init__(self, offset: int, codec: str) -> None:
        """Cut from *offset* on; *codec* is ``utf-16-le`` or ``utf-16-be``."""
        super().__init__(offset)
        self._codec = codec
        self.end_of_line = "\n".encode(codec)
        self._mark = "\ufeff".encode(codec)

    def behind_line(self, data: bytes) -> int:
        """Return the place behind the first line end in *data*, which lies at the offset; 0 where there is none."""
        at = _find(data, self.end_of_line)
        return at + len(self.end_of_line) if at >= 0 else 0

    def _cut(self, source: Bytes, limit: int, settled: int, *, final: bool, portions: bool) -> Piece | None:
        if self._looked:
            return self._pass_long(source, settled, final=final)
        data = source.read_at(self.offset, min(limit, _FIRST_LOOK))
        end = _find(data, self.end_of_line) + 2
        if end < 2 and len(data) == min(limit, _FIRST_LOOK):
            data = source.read_at(self.offset, LINE_LIMIT + 2)
            end = _find(data, self.end_of_line) + 2
        if data.startswith(_NUL):
            return self._pass_nuls(source, settled, final=final, portions=portions)
        nul = _find(data, _NUL, max(0, settled - self.offset))
        if nul >= 0 and not 2 <= end <= nul:
            self.holding = True
            return None
        if end >= 2:
            return Piece(self._text(data[: end - 2]) + b"\n", self.offset + end)
        if len(data) >= LINE_LIMIT + 2:
            self._looked = self.offset + len(data)
            return self._pass_long(source, settled, final=final)
        return Piece(self._text(data), self.offset + len(data)) if final and data else None

    def _text(self, raw: bytes) -> bytes:
        # What is no character becomes U+FFFD: half a surrogate pair, half a code unit at the very end.
        return (raw if self.offset else raw.removeprefix(self._mark)).decode(self._codec, "replace").encode()

    def _pass_nuls(self, source: Bytes, settled: int, *, final: bool, portions: bool) -> Piece | None:
        end, known = pass_nuls(source, self.offset, final=final, portions=portions)
        end -= (end - self.offset) % 2 if source.read_at(end, 1) else 0
        self.holding = end > settled and (self.offset > 0 or not known)
        return Piece(b"", end) if known and not self.holding else None

    def _pass_long(self, source: Bytes, settled: int, *, final: bool) -> Piece | None:
        while len(chunk := source.read_at(self._looked, STRIDE)) > 1:
            at = _find(chunk, self.end_of_line)
            nul = _find(chunk, _NUL, max(0, settled - self._looked))
            if nul >= 0 and not 0 <= at < nul:
                self.holding = True
                self._looked += nul
                return None
            if at >= 0:
                return Piece(b"", self._looked + at + 2, oversize=1)
            self._looked += len(chunk) // 2 * 2
        return Piece(b"", self._looked + len(chunk), oversize=1) if final else None


def _find(data: bytes, unit: bytes, start: int = 0) -> int:
    """Return where the code *unit* is in *data*, from the one around *start* on; -1 when it isn't."""
    at = data.find(unit, start // 2 * 2)
    while at % 2 and at > 0:
        at = data.find(unit, at + 1)
    return at
