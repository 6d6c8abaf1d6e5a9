"""A real shell with a real Lmod and our hook, whose `logger` speaks to a daemon of the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.servers.installed import installed_file

LOGGER = "/usr/bin/logger"
_HOOK = Path(__file__).resolve().parents[2] / "deploy" / "lmod" / "SitePackage.lua"
_INIT = Path("/usr/share/lmod/lmod/init/bash")

Shell = Callable[..., subprocess.CompletedProcess[str]]
"""Runs commands; more of its environment by keywords."""


def lmod_shell(folder: Path, socket: Path, modules: Path, files: Mapping[str, str], user: str) -> Shell:
    """Return a shell of *user* in *folder* with the modules *files* (their text by name) in the folder *modules*."""
    init = installed_file(_INIT, "lmod")
    text = _HOOK.read_text("utf-8")
    assert 1 == text.count(f"{LOGGER} --tag")
    for name, content in files.items():
        file = modules / f"{name}.lua"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    hook = folder / "hook"
    hook.mkdir()
    (hook / "SitePackage.lua").write_text(text.replace(f"{LOGGER} --tag", f"{LOGGER} --socket {socket} --tag"))

    def run(commands: str, **more: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        env = {**kept, "LMOD_PACKAGE_PATH": str(hook), "MODULEPATH": str(modules), "USER": user, **more}
        script = f"source {init}\n{commands}\n"
        return subprocess.run(
            ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
        )

    return run
