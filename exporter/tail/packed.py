"""Compressed log files, read in offsets of what they hold; what was read last is kept, so short steps back are free."""

from __future__ import annotations

import bz2
import gzip
import importlib
import importlib.util
import lzma
import os
import zlib
from typing import Any, BinaryIO, Protocol, cast

MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "Zstandard"}
"""First bytes of a compressed file, and the kind they tell."""

_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)
_HEAD = 1024
_KEPT = 512 * 1024
_STEP = 1 << 20
_SIP = 1024
"""Bytes given to Zstandard at once, which bounds what comes out: 32 MiB at worst."""


def missing_module(kind: str) -> str:
    """Return the name of the Python module that *kind* needs and that isn't installed, '' for none."""
    return "zstandard" if kind == "Zstandard" and importlib.util.find_spec("zstandard") is None else ""


class _Reads(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class PackedLog:
    """A compressed file. Reading on is fast, stepping back by more than half a MiB begins anew."""

    compressed = True

    def __init__(self, fd: int, kind: str) -> None:
        """Take over *fd*, a file of *kind* (see `MAGIC`)."""
        self.fd = fd
        self.damage: str | None = None
        self._kind = kind
        self._raw = os.fdopen(fd, "rb", closefd=True)
        self._begin()

    def read_at(self, offset: int, size: int) -> bytes:
        """Return *size* bytes from *offset*, fewer only at the end or before the damage. Raises OSError."""
        if offset + size <= len(self._head):
            return self._head[offset : offset + size]
        if offset < self._at - len(self._recent):
            self._raw.seek(0)
            self._begin()
        while (missing := offset + size - self._at) > 0 and self._step(min(missing, _STEP)):
            # What lies before *offset* is given up, but for what a short step back may ask for.
            spare = min(len(self._recent) - _KEPT, offset - self._at + len(self._recent))
            if spare > 0:
                del self._recent[:spare]
        start = offset - self._at + len(self._recent)
        return bytes(self._recent[start : start + size])

    def next_data(self, offset: int) -> int:
        """Return *offset*: no holes are known."""
        return offset

    def close(self) -> None:
        """Close it; a second time does nothing."""
        self._raw.close()
        self.fd = -1

    def _begin(self) -> None:
        self.damage = None
        self._at = 0
        self._head = b""
        self._recent = bytearray()
        """What was read last, up to *_at*."""
        self._ended = False
        self._stride = _STEP
        self._file = _open(self._raw, self._kind)

    def _step(self, size: int) -> bool:
        """Read on; `read1` gives what came before the damage, where `read` would throw it away."""
        if self._ended or self.damage is not None:
            return False
        try:
            data = self._file.read1(min(size, self._stride))
        except _DAMAGE as error:
            return self._refuse(error)
        except OSError as error:
            if error.errno is not None:
                raise
            return self._refuse(error)
        if self._at < _HEAD:
            self._head = (self._head + data)[:_HEAD]
        self._recent += data
        self._at += len(data)
        return bool(data)

    def _refuse(self, error: Exception) -> bool:
        """Take note of the damage, or come nearer to it first; return whether reading can go on."""
        # What follows the last member and is no member is ignored, as gzip itself does.
        if self._at and isinstance(error, gzip.BadGzipFile) and str(error).startswith("Not a gzipped"):
            self._ended = True
            return False
        if self._stride > 1 and not isinstance(error, (EOFError, gzip.BadGzipFile)):
            # What a step unpacks before it meets the damage is thrown away, so the last steps are the smallest.
            self._stride //= 1024
            self._raw.seek(0)
            self._file = _open(self._raw, self._kind)
            left = self._at
            while left and (data := self._file.read1(min(left, _STEP))):
                left -= len(data)
            return True
        self.damage = f"damaged {self._kind} file"
        return False


def _open(raw: BinaryIO, kind: str) -> _Reads:
    if kind == "gzip":
        return gzip.GzipFile(fileobj=raw)
    if kind == "Zstandard":
        return _ZstdFile(raw)
    return cast("_Reads", bz2.BZ2File(raw) if kind == "bzip2" else lzma.LZMAFile(raw))


class _ZstdFile:
    """As much of a file as is needed; unlike the module's own, it tells an end that comes too early."""

    _MAGIC = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + n]) + b"\x2a\x4d\x18" for n in range(16)))

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._module: Any = importlib.import_module("zstandard")
        self._frame: Any = None
        self._left = b""
        """Packed bytes that are not used yet."""
        self._ready = memoryview(b"")
        """Bytes to be handed out."""

    def read1(self, size: int, /) -> bytes:
        """Return at most *size* bytes, none at the end. Raises EOFError and OSError without a number: damage."""
        while not self._ready:
            packed = self._left + self._raw.read(_SIP)
            self._left = b""
            if self._frame is None:
                if not packed.startswith(self._MAGIC):
                    return b""  # the end, or what follows it and is no frame
                self._frame = self._module.ZstdDecompressor().decompressobj()
            elif not packed:
                raise EOFError
            try:
                self._ready = memoryview(self._frame.decompress(packed))
            except self._module.ZstdError as error:
                raise OSError("damaged frame") from error
            if self._frame.eof:
                self._left, self._frame = self._frame.unused_data, None
        data, self._ready = self._ready[:size], self._ready[size:]
        return bytes(data)
