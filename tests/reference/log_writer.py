"""Writes a plan of moves as the bytes of a FlexNet log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.reference.log_moves import Key, Move, tail_of
from tests.reference.log_pen import Manners, Pen

DAY = 86400


class Held(NamedTuple):
    """A session of a verbose daemon that is open: what its check-in has to say."""

    handle: bytes
    key: Key
    seats: int


def write_log(plan: Sequence[Move], manners: Manners, zone: ZoneInfo, begin: int) -> tuple[list[bytes], int, bool]:
    """Return (generations oldest first, UTC second that the last line shows, whether an anchor is in it)."""
    writer = Writer(manners, zone, begin)
    if manners.banner:
        writer.start(plan[0]._replace(number=0))
    for move in plan:
        writer.utc += min(move.advance, manners.patience)
        getattr(writer, "move_" + move.what)(move)
    return writer.files(), writer.shown, writer.anchored


class Writer(Pen):
    """A server and its daemons, and what is remembered of their handles."""

    def __init__(self, manners: Manners, zone: ZoneInfo, begin: int) -> None:
        """Begin at a UTC second with a right clock."""
        super().__init__(manners, zone, begin)
        self.held: dict[bytes, list[Held]] = {}
        self.handles: dict[bytes, int] = {}

    def event(self, daemon: bytes, verb: bytes, key: Key, tail: bytes, handle: bytes = b"") -> None:
        """Write an event line."""
        text = b"%s: %s %s@%s%s" % (verb, key.feature, key.user, key.host, tail)
        if handle:
            text = text.rstrip(b" ") + b" ^^^ 2.0 %s 192.0.2.1 4101 %s 1 10 none 11 19 3/5/2024 9:00:10 0 ^^^" % (
                key.user,
                handle,
            )
        self.line(daemon, text)

    def check_out(self, daemon: bytes, key: Key, seats: int) -> None:
        """Write an OUT, with a new handle from a verbose daemon."""
        handle = b""
        if daemon in self.manners.verbose:
            key = key._replace(user=key.user.split(b" ")[0])
            self.handles[daemon] = self.handles.get(daemon, 0) + 1
            handle = b"0x%x" % self.handles[daemon]
            self.held.setdefault(daemon, []).append(Held(handle, key, seats))
        self.event(daemon, b"OUT", key, tail_of(seats, key.display), handle)

    def choose(self, move: Move) -> Held:
        """Return whose line a verbose daemon's IN or UPGRADE is; a handle from before the log when nothing is open."""
        held = self.held.get(move.daemon, [])
        if held:
            return held[move.number % len(held)]
        key = move.key._replace(user=move.key.user.split(b" ")[0])
        return Held(b"0xf%02x" % move.number, key, move.seats)

    def drop(self, daemon: bytes, one: Held) -> None:
        """Forget a handle."""
        self.held[daemon] = [it for it in self.held.get(daemon, []) if it.handle != one.handle]

    def anchor(self, kind: str, daemon: bytes, days: int = 0, year: int | None = None) -> None:
        """Write an anchor, *days* wrong or in a *year* that nobody believes."""
        moment = self.local() + timedelta(days=days)
        if year is not None:
            moment = moment.replace(year=year, month=6, day=9)
        short = f"{moment.month}/{moment.day}/{moment.year}"
        if self.manners.day_first and moment.day > 12:
            short = f"{moment.day}/{moment.month}/{moment.year}"
        long = moment.strftime("%a %b %d %Y %H:%M:%S Hora de verano romance")
        if kind == "timestamp":
            done = self.line(daemon, b"TIMESTAMP " + short.encode())
        elif kind == "started on":
            text = f"FlexNet Licensing (v11.16.2.0 build 242664 x64_lsb) started on lic-host1 (linux) ({short})"
            done = self.line(b"lmgrd", text.encode())
            self.forget_handles(None, done)
        elif kind == "system date":
            done = self.line(b"lmgrd", b"Server's System Date and Time: " + long.encode())
        else:
            what = "Start-Date" if kind == "start-date" else "Time"
            done = self.line(daemon, b"(@%s-SLOG@) %s: %s" % (daemon, what.encode(), long.encode()))
        self.anchored = self.anchored or (done and year is None)

    def forget_handles(self, daemon: bytes | None, done: bool) -> None:
        """End the server life of a daemon, or of all: handles begin anew."""
        if done:
            for one in [daemon] if daemon is not None else list(self.handles):
                self.held[one] = []
                self.handles[one] = 0

    def start(self, move: Move) -> None:
        """Write one of the lines that reset: of lmgrd (0, 1), of it about a daemon (2, 3), of the daemon (4)."""
        if move.number in (0, 1):
            self.line(b"lmgrd", b"-----------------------------------------------")
            self.anchor("started on", b"lmgrd")
        if move.number in (0, 2, 3):
            verb = b"REStarted" if move.number == 3 else b"Started"
            done = self.line(b"lmgrd", b"%s %s (internet tcp_port 41001 pid 2301)" % (verb, move.daemon))
            self.forget_handles(move.daemon, done)
        if move.number in (0, 4):
            done = self.line(move.daemon, b"FlexNet Licensing version v11.16.2.0 build 242664 x64_lsb")
            self.forget_handles(move.daemon, done)

    move_start = start

    def move_out(self, move: Move) -> None:
        """Check out."""
        self.check_out(move.daemon, move.key, move.seats)

    def move_forked(self, move: Move) -> None:
        """Check out through a forked copy of a daemon that has written already."""
        if move.daemon in self.written_by and move.daemon not in self.manners.verbose:
            self.event(move.daemon + b"_1", b"OUT", move.key, tail_of(move.seats, move.key.display))

    def move_in(self, move: Move) -> None:
        """Check in."""
        key, seats, handle = move.key, move.seats, b""
        if move.daemon in self.manners.verbose:
            one = self.choose(move)
            self.drop(move.daemon, one)
            handle, key, seats = one
        tail = tail_of(seats, key.display, spaced=move.number == 1)
        if move.text:
            tail = tail.rstrip(b" ") + b"  " + move.text
        self.event(move.daemon, b"IN", key, tail, handle)

    def move_upgrade(self, move: Move) -> None:
        """Change the seats of a session, open or not."""
        key, before, handle = move.key, move.before, b""
        if move.daemon in self.manners.verbose:
            one = self.choose(move)
            handle, key, before = one
            if one in self.held.get(move.daemon, []):
                self.drop(move.daemon, one)
                self.held[move.daemon].append(one._replace(seats=move.seats))
        display = b" [" + key.display + b"]" if key.display else b" "
        self.event(move.daemon, b"UPGRADE", key, display + b" (%d->%d licenses) " % (before, move.seats), handle)

    def move_unsupported(self, move: Move) -> None:
        """Ask for what the server does not have."""
        code, why = (b"00B0 EF6E AFC6 B280 ", b"(No such feature exists. (-5,346))")
        if move.number:
            code, why = (b"PORT_AT_HOST_PLUS   ", b"(License server system does not support this feature. (-18,327))")
        key = move.key._replace(feature=move.key.feature + b" (" + code + b")", display=b"")
        self.event(move.daemon, b"UNSUPPORTED", key, b"  " + why)

    def denied(self, move: Move) -> None:
        """Be turned away, with the display only where there is one."""
        self.event(
            move.daemon, b"DENIED", move.key, tail_of(move.seats, move.key.display).rstrip(b" ") + b"  " + move.text
        )

    move_denied = denied

    def move_storm(self, move: Move) -> None:
        """Be turned away again and again, and perhaps get in at the last."""
        self.denied(move)
        for gap in move.gaps[:-1]:
            self.utc += gap
            self.denied(move)
        self.utc += move.gaps[-1]
        if move.number:
            self.check_out(move.daemon, move.key, move.seats)

    def move_queue(self, move: Move) -> None:
        """Wait, and go on waiting (0), get in (1, with other seats 3) or give up (2)."""
        tail = tail_of(move.seats, move.key.display)
        self.event(move.daemon, b"QUEUED", move.key, tail)
        for gap in move.gaps:
            if move.text:
                self.denied(move)
            self.utc += gap
        if move.number == 2:
            self.event(move.daemon, b"DEQUEUED", move.key, tail)
        elif move.number:
            self.check_out(move.daemon, move.key, move.seats + (move.number == 3))

    def move_noise(self, move: Move) -> None:
        """Write what looks like something and is nothing."""
        self.line(move.daemon, move.text)

    move_unreadable = move_noise

    def move_unframed(self, move: Move) -> None:
        """Write a line without a frame."""
        self.generations[-1].append(move.text)

    def move_shutdown(self, move: Move) -> None:
        """Let lmgrd exit while daemons go on writing."""
        self.line(b"lmgrd", b"EXITING DUE TO SIGNAL 15")

    def move_anchor(self, move: Move) -> None:
        """Write a true anchor."""
        self.anchor(move.text.decode(), move.daemon)

    def move_wrong(self, move: Move) -> None:
        """Write an anchor of a wrong day."""
        if not self.manners.prefix:
            self.written_by.clear()
            self.anchor(move.text.decode(), move.daemon, days=move.number)

    def move_absurd(self, move: Move) -> None:
        """Write an anchor that nobody believes."""
        self.anchor("timestamp", move.daemon, year=move.number)

    def move_glue(self, move: Move) -> None:
        """Go on with an older log."""
        if not self.manners.prefix:
            self.written_by.clear()
            self.utc -= move.number * DAY + min(move.advance, self.manners.patience)
            self.anchor("timestamp", move.daemon)

    def move_leap(self, move: Move) -> None:
        """Be silent for half a day or days."""
        if not self.manners.prefix:
            self.utc += move.number

    def move_step(self, move: Move) -> None:
        """Set the clock back."""
        if not self.manners.prefix or move.number <= 1800:
            self.error -= move.number

    def move_mend(self, move: Move) -> None:
        """Set the clock right."""
        if not self.manners.prefix:
            self.error = 0

    def move_rotate(self, move: Move) -> None:
        """Begin a new generation."""
        if self.generations[-1]:
            self.generations.append([])
