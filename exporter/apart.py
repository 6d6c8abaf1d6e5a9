"""Work that is done apart, in a thread of its own, while the one that asked for it goes on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def apart(name: str, work: Callable[[], T]) -> Future[T]:
    """
    Begin *work*, and return what will come of it.

    The thread is a daemon: the process can end while the work waits for an answer that never comes.
    """
    coming = Future[T]()

    def carry_out() -> None:
        try:
            coming.set_result(work())
        except BaseException as error:  # noqa: BLE001 -- told to whoever asks what came of it
            coming.set_exception(error)

    Thread(target=carry_out, name=name, daemon=True).start()
    return coming
