"""What a page of the documents tells a reader to type, and a shell in which that is typed as it stands there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.e2e.command_line import Ran, environment
from tests.servers.installed import installed

_SCREEN = b"\x18\x00\x50\x00" + bytes(4)
"""24 lines of 80 characters; programs ask for no password on a terminal that has no room."""


def section(page: Path, heading: str) -> str:
    """Return the text below a heading, up to the next one."""
    _, _, text = page.read_text().partition(f"\n{heading}\n")
    assert text, f"{page.name} has no {heading}"
    return re.split(r"(?m)^#+ ", text)[0]


def blocks(text: str) -> Iterator[str]:
    """Yield what is moved in so far that it is code, without that, and without the comments behind commands."""
    for found in re.findall(r"(?m)(?:^ {4,}\S.*\n)+", text):
        lines = found.splitlines()
        margin = min(len(line) - len(line.lstrip()) for line in lines)
        yield "\n".join(re.sub(r" {2,}# .*", "", line[margin:]) for line in lines)


class Terminal:
    """A shell in a folder, in which `influx` finds the server of the test and ``.venv/bin/seatwatch`` is ours."""

    def __init__(self, folder: Path, port: int) -> None:
        """Put the programs there."""
        self._folder = folder
        client = f'exec {shlex.quote(installed("influx", "influxdb-client"))} -port {port} "$@"'
        _program(folder / "bin" / "influx", client)
        _program(folder / ".venv" / "bin" / "seatwatch", f'exec {shlex.quote(sys.executable)} -m exporter "$@"')

    def type(self, command: str, passwords: Mapping[str, str]) -> Ran:
        """Run a command; where it asks for the password of a ``-username``, type that."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, _SCREEN)
        env = {**environment(), "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}", "TERM": "xterm"}
        with subprocess.Popen(
            ["sh", "-c", command], cwd=self._folder, env=env, stdin=its, stdout=its, stderr=its, start_new_session=True
        ) as running:
            os.close(its)
            name = re.search(r"-username (\S+)", command)
            said = b"".join(_said(ours, passwords[name[1]] if name else ""))
        os.close(ours)
        return Ran(running.returncode, said.decode().replace("\r\n", "\n"), "")


def _said(terminal: int, password: str) -> Iterator[bytes]:
    """Yield what is said on a terminal until nobody is left there; answer the question for a password."""
    while True:
        try:
            said = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            return
        yield said
        if b"password: " in said:
            os.write(terminal, f"{password}\n".encode())


def _program(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
