"""Rotation by rename, as logrotate does it: path -> path.1 -> path.2, the older ones compressed."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path


def rotate(path: Path, keep: int | None = None, compress: bool = False) -> None:
    """
    Move *path* to ``path.1`` and the older generations up by one.

    *keep* is the number of generations kept (None: all). With *compress*, ``path.1`` stays as it is and older ones are
    gzip files ``path.N.gz`` with the modification time of what they hold. Raises OSError.
    """
    number = 1
    while _generation(path, number) is not None:
        number += 1
    for older in range(number - 1, 0, -1):
        source = _generation(path, older)
        if source is None:
            continue
        if keep is not None and older >= keep:
            source.unlink()
        elif compress and source.suffix != ".gz":
            _compress(source, path.with_name(f"{path.name}.{older + 1}.gz"))
        else:
            ending = ".gz" if source.suffix == ".gz" else ""
            source.rename(path.with_name(f"{path.name}.{older + 1}{ending}"))
    path.rename(path.with_name(f"{path.name}.1"))


def _generation(path: Path, number: int) -> Path | None:
    names = (f"{path.name}.{number}", f"{path.name}.{number}.gz")
    return next((found for found in map(path.with_name, names) if found.exists()), None)


def _compress(source: Path, target: Path) -> None:
    half = target.with_name(target.name + ".tmp")
    # No name and no time in the header: the same log gives the same bytes.
    with source.open("rb") as plain, half.open("wb") as out, gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed:
        shutil.copyfileobj(plain, packed)
    shutil.copystat(source, half)
    half.replace(target)
    source.unlink()
