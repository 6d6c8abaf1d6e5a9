"""Places where a test lets the process die or an operation fail, chosen by the environment; nothing happens without."""

from __future__ import annotations

import errno
import os
import signal
from collections import Counter

from exporter.ports import Failpoint


def failpoint() -> Failpoint:
    """
    Return the failpoint that the environment asks for, or one that does nothing.

    `TAIL_FP` is ``name`` or ``name:n``: SIGKILL at the n-th pass. `TAIL_FP_ERR` is ``name:errno`` or ``name:errno:n``
    with an error's name such as ENOSPC: OSError at the n-th pass, once.
    """
    deadly, _, killed_at = os.environ.get("TAIL_FP", "").partition(":")
    failing, _, rest = os.environ.get("TAIL_FP_ERR", "").partition(":")
    error, _, failed_at = rest.partition(":")
    passes: Counter[str] = Counter()

    def hit(passed: str, /) -> None:
        if passed not in (deadly, failing):
            return
        passes[passed] += 1
        if passed == deadly and passes[passed] == int(killed_at or 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if passed == failing and passes[passed] == int(failed_at or 1):
            number = getattr(errno, error)
            raise OSError(number, os.strerror(number))

    return hit
