"""
Seatwatch's process in a scene: a fork of the test's, driven poll by poll over a pipe, killed with a real SIGKILL.

It is the collector that `seatwatch run` drives, with a clock that is told the time with each command. A command is
``(now, monotonic, name, arguments)``; the answer is ``("done", value)``, or ``("failed", traceback)``.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import logging
import os
import struct
import sys
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event as Signal

from exporter.config.loading import load
from exporter.errors import SeatwatchError
from exporter.health import Health
from exporter.logs import HumanFormatter
from exporter.views import View
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.faults.harness.shim import Quirks, Shim

_STUCK = 40.0
"""Seconds without a command answered after which it tells, on its standard error, where it is."""
_MOST_CYCLES = 5_000
"""Cycles after which a poll that still wants more is believed never to end."""


class ToldClock:
    """Stands still until it is told the time."""

    def __init__(self, now: float, monotonic: float) -> None:
        """Begin there."""
        self.tell(now, monotonic)

    def tell(self, now: float, monotonic: float) -> None:
        """Set both clocks."""
        self._now, self._monotonic = now, monotonic

    def now(self) -> float:
        """Return the wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Return the clock that never steps."""
        return self._monotonic

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Let the time pass at once."""
        self._now += seconds
        self._monotonic += seconds
        return signal.is_set()


class Memory(logging.Handler):
    """Keeps every line that is told to the operator."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__(logging.INFO)
        self.setFormatter(HumanFormatter(colours=False))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.lines.append(self.format(record))


class _Life:
    """The collector and what a scene may ask of it."""

    def __init__(self, config: Path, clock: ToldClock, shim: Shim, told: Memory) -> None:
        self._shim = shim
        self._told = told
        self._collector = Collector(load(config, FORMATS), clock, Health(lambda: 0, lambda: 0), importing=False)

    def poll(self) -> None:
        """Do what a running Seatwatch does at one look: cycle until there is nothing more to do at once."""
        for _ in range(_MOST_CYCLES):
            if not self._collector.pipeline.cycle():
                return
        raise AssertionError(f"after {_MOST_CYCLES} cycles it still wants more")

    def view(self) -> View:
        """Return what is shown."""
        return self._collector.pipeline.view

    def told(self) -> list[str]:
        """Return the lines of the operator's log."""
        return self._told.lines

    def behave(self, quirks: Quirks) -> None:
        """Change how the file system behaves."""
        self._shim.behave(quirks)

    def stop(self) -> None:
        """End well."""
        self._collector.close()


def live(
    pipe: Connection,
    config: Path,
    failpoint: str,
    quirks: Quirks,
    before: Sequence[Callable[[], None]],
    time: tuple[float, float],
) -> None:
    """Be Seatwatch on *config* until told to stop; *before* are called first, in the new process."""
    sys.settrace(None)
    gc.freeze()  # nothing of the test's own is to be finalised here
    faulthandler.dump_traceback_later(_STUCK)
    os.environ["TAIL_FP"] = failpoint
    logger, told = logging.getLogger("exporter"), Memory()
    logger.handlers[:], logger.propagate = [told], False
    logger.setLevel(logging.INFO)
    clock = ToldClock(*time)
    try:
        shim = Shim(str(config.parent / "logs"), clock)
        shim.behave(quirks)
        for prepare in before:
            prepare()
        life = _Life(config, clock, shim, told)
    except SeatwatchError as error:
        pipe.send(("refused", str(error)))
        return
    except Exception:  # noqa: BLE001 -- the test is told
        pipe.send(("failed", traceback.format_exc()))
        return
    pipe.send(("done", None))
    name = ""
    while name != "stop":
        faulthandler.cancel_dump_traceback_later()
        now, monotonic, name, arguments = pipe.recv()
        faulthandler.dump_traceback_later(_STUCK)
        clock.tell(now, monotonic)
        try:
            pipe.send(("done", getattr(life, name)(*arguments)))
        except Exception:  # noqa: BLE001 -- the test is told
            pipe.send(("failed", traceback.format_exc()))


def obey_permissions() -> None:
    """Give up root's right to read everything, in this process; for others than root there is nothing to do."""
    version = 0x20080522
    header, nothing = struct.pack("Ii", version, 0), bytes(24)
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).capset(header, nothing):
        raise OSError(ctypes.get_errno(), "capabilities can't be given up")
