"""
Bad input: lines of believable logs, harmed in every way that disks, networks, editors and programs harm them.

All of it comes from one generator, so the same seed gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random

TESTS = Path(__file__).resolve().parents[2]

OTHER_LINES = (
    b"11/24 12:17 (acornd) OUT: acorn_base amber@ws-01",
    b'12:00:00 (acornd) OUT: "acorn" amber@ws-01 ^^^ 1.0 amber 10.0.0.1 77 0x1f 3 9 project ^^^',
    b'12:00:00 (acornd) UPGRADE: "acorn" amber@ws-01 (1->2 licenses)',
    b"12:00:00 (acornd) (@acornd-SLOG@) Time: Tue Mar 05 2024 12:00:00 CET",
    b"12:00:00 (acornd) Server's System Date and Time: Tue Mar 05 2024 12:00:00 CET",
    b"12:00:00 (acornd) EXITING DUE TO SIGNAL 15 Exit reason 4",
    b"12:00:00 (acornd) pack (consisting of: acorn acorn_base",
    b"12:00:00 (lmgrd) acornd exited with status 58 signal = 0 (Exit code was 58)",
    b"03/05 12:00 (rlm) OUT: oak v2.0 by amber@ws-01",
    b'OUT 1 oak 2.0 0 amber ws-01 "" 1 1 2 4 0 0x4f 03/05 12:00:01',
    b"Mar  5 12:00:00 ws-01 START/STOP[4711]: START amber oak",
    b'<134>1 2024-03-05T12:00:00Z ws-01 oak 4711 - - {"user": "amber"}',
    b"2024-03-05 12:00:00,123 INFO (worker-7) request took 17 ms",
)
"""Shapes that the worked examples hold seldom or not at all, and lines of other programs."""

NUMBERS = (
    b"0",
    b"-1",
    b"00",
    b"007",
    b"99",
    b"65536",
    b"4294967296",
    b"9" * 9,
    b"9" * 10,
    b"9" * 19,
    b"9" * 30,
    b"1e9",
)
TIMES = (
    b"99:99:99",
    b"24:00:00",
    b"23:59:60",
    b"23:59:59",
    b"0:00:00",
    b" 0:0:0",
    b"-1:00:00",
    b"123:00:00",
    b"12:00",
    b"::",
)
DATES = (
    b"99/99/9999",
    b"0/0/0",
    b"2/29/2023",
    b"1/1/1",
    b"1/1/0000",
    b"12/31/9999",
    b"31/12/2023",
    b"1/1/1970",
    b"1/1/2199",
)
WORDY_DATES = (
    b"Fri Dec 31 9999 23:59:59",
    b"Sat Feb 30 2024 99:99:99",
    b"Sun Jan 01 0000 00:00:00",
    b"Tue Mar 05 2024 1:2:3",
)
MARKS = (
    b'"',
    b'""',
    b"'",
    b"(",
    b")",
    b"((",
    b"))",
    b"()",
    b"[",
    b"]",
    b"@",
    b"@@",
    b"^^^",
    b"->",
    b": ",
    b",",
    b"\\",
    b"{}",
    b"%s",
    b"  ",
)
CONTROLS = (b"\0", b"\0\0\0\0", b"\r", b"\t", b"\v", b"\f", b"\x1b[31m", b"\x1c", b"\x7f", b"\x08")
NOT_UTF8 = (b"\xff", b"\xfe\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\x81", b"\x85", b"\xa0")
UTF8 = ("\u2028", "\x85", "\u202e", "e\u0301", "\ufeff", "\U0001f511", "\ufffe", "ſ", "İ")  # noqa: RUF001 -- meant so
REPEATED = (b"()", b"(a) ", b'"', b"(", b")", b"[", b" ", b"a@", b"1:11 (d) ", b"^^^ ", b"-4,(", b"x")

LONGEST = 60_000
"""Bytes of a very long name: the line stays one that is read."""
_HEAD = re.compile(rb"\s*\d+:\d\d(?::\d\d)?")
_DATE = re.compile(rb"\d+/\d+/\d+")
_WORDY = re.compile(rb"[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d{4} \d+:\d\d:\d\d")
_WORD = re.compile(rb"[^\s()\[\]\"@:]+")
_NUMBER = re.compile(rb"\d+")

Harm = Callable[[bytes], bytes]


def examples() -> list[list[bytes]]:
    """Return the lines of each worked example and golden log, without their line ends, and `OTHER_LINES`."""
    logs = sorted(TESTS.glob("vectors/*/input.log*")) + sorted(TESTS.glob("golden/*/input.log"))
    return [*(log.read_bytes().splitlines() for log in logs), list(OTHER_LINES)]


class Garbage:
    """Harms lines; what it gives may hold line ends of its own."""

    def __init__(self, seed: int, logs: Sequence[Sequence[bytes]]) -> None:
        """Begin with the lines of believable *logs*."""
        self.draw = Random(seed)  # noqa: S311 -- no secret is made of it
        self._logs = logs
        self._fresh = count()
        self._harms: Sequence[Harm] = (
            self.flip_bits, self.insert_bytes, self.delete_bytes, self.cut, self.join, self.repeat_a_part,
            self.swap_words, self.put_number, self.put_time, self.put_marks, self.put_control_characters,
            self.put_bytes_of_no_text, self.put_strange_characters, self.new_names, self.add_a_record,
        )  # fmt: skip
        self._rare_harms: Sequence[Harm] = (self.put_date, self.tell_a_date, self.lengthen)

    def lines(self, number: int) -> list[bytes]:
        """
        Return so many harmed lines.

        They come in runs out of one log each, and one in six is left whole, so that check-outs find their check-ins.
        """
        lines: list[bytes] = []
        while len(lines) < number:
            log = self.draw.choice(self._logs)
            first = self.draw.randrange(len(log))
            lines += map(self.line, log[first : first + self.draw.randint(1, 60)])
        return lines[:number]

    def line(self, line: bytes) -> bytes:
        """Return *line* harmed in up to four ways; what changes dates or makes it very long is seldom."""
        draw = self.draw
        for harm in draw.choices(self._harms, k=draw.choice((0, 1, 1, 1, 2, 4))):
            line = harm(line)
        return draw.choice(self._rare_harms)(line) if draw.random() < 0.01 else line

    def flip_bits(self, line: bytes) -> bytes:
        """Flip up to three bits."""
        data = bytearray(line or b" ")
        for _ in range(self.draw.randint(1, 3)):
            data[self.draw.randrange(len(data))] ^= 1 << self.draw.randrange(8)
        return bytes(data)

    def insert_bytes(self, line: bytes) -> bytes:
        """Put up to eight bytes of any value somewhere."""
        return self._put(line, self.draw.randbytes(self.draw.randint(1, 8)))

    def delete_bytes(self, line: bytes) -> bytes:
        """Take up to eight bytes out."""
        at = self._place(line)
        return line[:at] + line[at + self.draw.randint(1, 8) :]

    def cut(self, line: bytes) -> bytes:
        """Keep what comes before or behind a place."""
        at = self._place(line)
        return line[:at] if self.draw.random() < 0.7 else line[at:]

    def join(self, line: bytes) -> bytes:
        """Write another line, or its end, right behind."""
        other = self.draw.choice(self.draw.choice(self._logs))
        return line + other[self.draw.choice((0, 0, self._place(other))) :]

    def repeat_a_part(self, line: bytes) -> bytes:
        """Write a part of it several times."""
        first, last = sorted((self._place(line), self._place(line)))
        return line[:first] + line[first:last] * self.draw.randint(2, 5) + line[last:]

    def swap_words(self, line: bytes) -> bytes:
        """Let two words change places."""
        words = line.split(b" ")
        first, second = self.draw.randrange(len(words)), self.draw.randrange(len(words))
        words[first], words[second] = words[second], words[first]
        return b" ".join(words)

    def put_number(self, line: bytes) -> bytes:
        """Write another number where one stands, or a count of licences at the end."""
        number = self.draw.choice(NUMBERS)
        if self.draw.random() < 0.3:
            return line.rstrip() + b"  (" + number + b" licenses) "
        return self._replace(_NUMBER, line, number)

    def put_time(self, line: bytes) -> bytes:
        """Write another time of day, one of this world or not, at the beginning."""
        draw = self.draw
        usual = b"%2d:%02d:%02d" % (draw.randrange(24), draw.randrange(60), draw.randrange(60))
        return _HEAD.sub(draw.choice((usual, usual, draw.choice(TIMES))), line, count=1)

    def put_date(self, line: bytes) -> bytes:
        """Write another date where one stands."""
        return self._replace(_DATE, self._replace(_WORDY, line, self.draw.choice(WORDY_DATES)), self._date())

    def put_marks(self, line: bytes) -> bytes:
        """Put up to three marks of the grammar where they don't belong."""
        for _ in range(self.draw.randint(1, 3)):
            line = self._put(line, self.draw.choice(MARKS))
        return line

    def put_control_characters(self, line: bytes) -> bytes:
        """Put control characters somewhere."""
        return self._put(line, self.draw.choice(CONTROLS))

    def put_bytes_of_no_text(self, line: bytes) -> bytes:
        """Put bytes that are no UTF-8 somewhere."""
        return self._put(line, self.draw.choice(NOT_UTF8))

    def put_strange_characters(self, line: bytes) -> bytes:
        """Put characters somewhere that other programs take for line ends, or can't fold or show."""
        return self._put(line, self.draw.choice(UTF8).encode())

    def new_names(self, line: bytes) -> bytes:
        """Write a name never written before in the place of a word: of a daemon, a feature, a user, or of none."""
        return self._replace(_WORD, line, b"name%d" % next(self._fresh))

    def tell_a_date(self, line: bytes) -> bytes:
        """Write a date of its own in the place of the message."""
        head, _, _ = line.partition(b") ")
        return head + b") TIMESTAMP " + self._date()

    def add_a_record(self, line: bytes) -> bytes:
        """Write a verbose record, whole or harmed, behind."""
        numbers = self.draw.choices(NUMBERS, k=3)
        record = b" ^^^ 1.0 amber 10.0.0.1 %s 0x%s %s 9 oak ^^^" % (*numbers[:2], numbers[2])
        return line + record[: self.draw.choice((len(record), self._place(record)))]

    def lengthen(self, line: bytes) -> bytes:
        """Write something again and again in one place, up to about the longest line, or beyond."""
        part = self.draw.choice((*REPEATED, self.draw.choice(_WORD.findall(line) or [b"x"])))
        size = self.draw.choice((2_000, 16_000, LONGEST, 70_000))
        return self._put(line, part * (size // len(part)))

    def _date(self) -> bytes:
        draw = self.draw
        usual = b"%d/%d/%d" % (draw.randint(1, 12), draw.randint(1, 31), draw.randint(2023, 2025))
        return draw.choice((usual, usual, draw.choice(DATES)))

    def _place(self, line: bytes) -> int:
        return self.draw.randint(0, len(line))

    def _put(self, line: bytes, part: bytes) -> bytes:
        at = self._place(line)
        return line[:at] + part + line[at:]

    def _replace(self, pattern: re.Pattern[bytes], line: bytes, by: bytes) -> bytes:
        found = list(pattern.finditer(line))
        if not found:
            return line
        chosen = self.draw.choice(found)
        return line[: chosen.start()] + by + line[chosen.end() :]


def torn(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Yield each line cut at every byte."""
    return (line[:end] for line in lines for end in range(len(line)))
