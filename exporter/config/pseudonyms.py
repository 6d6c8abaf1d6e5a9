"""
The key of pseudonyms: made once, for nobody else to read, so that a person keeps one pseudonym for ever.

The ledger has it too: where the file was lost it is written again.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from exporter.config.secrets import in_file
from exporter.config.settings import Settings
from exporter.errors import ConfigError

_BYTES = 32
_LEAST = 16
"""Letters that a key of somebody's own making has at least."""


def pseudonym_key(settings: Settings, held: Callable[[], bytes]) -> bytes:
    """
    Return the key, which is made where there is none beside the ledger; empty where names are shown as they are.

    It is made as the ledger *held* it, or else anew. Raises ConfigError when it can't be read, made, or is too short.
    """
    people = settings.people
    if not people.pseudonyms:
        return b""
    if people.key_file is not None:
        text = in_file("people.key_file", people.key_file)
        if len(text) < _LEAST:
            raise ConfigError([f"people.key_file: the key in the file it names is shorter than {_LEAST} letters"])
        return text.encode()
    path = Path(f"{settings.ledger.path}-pseudonyms.key")
    if not path.exists() or not path.stat().st_size:
        _make(path, held().decode() or secrets.token_hex(_BYTES))
    return in_file("people.key_file", str(path)).encode()


def _make(path: Path, key: str) -> None:
    """Write the key to *path*, whole or not at all; one that another process has made meanwhile stays."""
    try:
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # only its owner may read it
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{key}\n")
                file.flush()
                os.fsync(file.fileno())
            if path.exists() and not path.stat().st_size:
                path.unlink()  # as a full disk leaves it
            with suppress(FileExistsError):
                path.hardlink_to(made)
        finally:
            Path(made).unlink()
    except OSError as error:
        raise ConfigError([f"people.pseudonyms: no key can be made at {path}: {error.strerror}"]) from error
