"""Seatwatch in a fork of the test's process, as the test sees it: started, asked, killed (its own side: `life`)."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.faults.harness.life import live
from tests.faults.harness.shim import Quirks

PATIENCE = 180.0
"""Seconds after which an answer is believed never to come: 10,000 logs are begun in 30, on a busy machine in 90."""


class Refused(Exception):
    """Seatwatch didn't start; the text says why."""


class Died(Exception):
    """Seatwatch was killed, as by a failpoint."""


class Fork:
    """One process of Seatwatch."""

    def __init__(
        self,
        config: Path,
        failpoint: str,
        quirks: Quirks,
        before: Sequence[Callable[[], None]],
        time: tuple[float, float],
    ) -> None:
        """Start it (see `live`), while no other thread of the test's runs. Raises Refused, Died."""
        busy = [each.name for each in threading.enumerate() if each is not threading.current_thread()]
        assert not busy, f"a fork would stand still at what these threads hold: {', '.join(busy)}"
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=live, args=(theirs, config, failpoint, quirks, before, time), daemon=True
        )
        self._process.start()
        theirs.close()
        self._answer()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    def ask(self, time: tuple[float, float], name: str, *arguments: object) -> Any:
        """Tell it to do something at *time*, and return what comes of it. Raises Died."""
        try:
            self._pipe.send((*time, name, arguments))
        except (BrokenPipeError, ConnectionResetError):
            self.kill()
            raise Died from None
        return self._answer()

    def kill(self) -> None:
        """Kill it with SIGKILL, if it runs."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()

    def _answer(self) -> Any:
        try:
            if not self._pipe.poll(PATIENCE):
                self.kill()
                raise AssertionError(f"Seatwatch gave no answer in {PATIENCE:g} s")
            kind, value = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            self.kill()
            raise Died from None
        if kind == "done":
            return value
        self.kill()
        raise Refused(value) if kind == "refused" else AssertionError(f"Seatwatch failed:\n{value}")
