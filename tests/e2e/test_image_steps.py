"""The steps of deploy/compose/Dockerfile, carried out in a folder that stands for the image's root."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from exporter import __version__
from tests.e2e.command_line import ROOT

COMPOSE = ROOT / "deploy" / "compose"
IGNORED = (COMPOSE / "Dockerfile.dockerignore").read_text().splitlines()


def steps() -> Iterator[tuple[int, str, str]]:
    """Yield each instruction: the number of its stage, its word, and the rest of its line."""
    stage = 0
    for line in (COMPOSE / "Dockerfile").read_text().splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            stage += word == "FROM"
            yield stage, word, rest


class Image:
    """Folders that stand for the roots of the stages, by number."""

    def __init__(self, folder: Path) -> None:
        """Begin with empty roots."""
        self.folder = folder
        self.workdir = Path("/")

    def root(self, stage: int) -> Path:
        """Return the root of a stage."""
        return self.folder / f"stage-{stage}"

    def build(self) -> None:
        """Carry out the instructions, in their order."""
        for stage, word, rest in steps():
            if word == "FROM":
                self.root(stage).mkdir()
                self.workdir = Path("/")
            elif word == "WORKDIR":
                self.workdir = Path(rest)
                self._here(stage).mkdir(parents=True, exist_ok=True)
            elif word == "COPY":
                self._copy(stage, rest.split())
            elif word == "RUN":
                self._run(stage, rest)

    def _here(self, stage: int) -> Path:
        return self.root(stage) / self.workdir.relative_to("/")

    def _copy(self, stage: int, words: list[str]) -> None:
        """Copy from the project, of which only what isn't ignored is there, or from the first stage."""
        if words[0] == "--from=build":
            # What was installed names its place: so it stays at the same path, as it does in the image.
            source, target = (self.root(number) / words[1].lstrip("/") for number in (1, stage))
            target.parent.mkdir(parents=True)
            target.symlink_to(source)
            return
        for name in words[:-1]:
            assert f"!{name}" in IGNORED, f"{name} is ignored"
            source, target = ROOT / name, self._here(stage) / words[-1]
            if source.is_dir():
                shutil.copytree(source, target, ignore=_ignored)
            else:
                shutil.copy(source, target)

    def _run(self, stage: int, command: str) -> None:
        """Run a step: paths are below the root, and pip finds there what the tests have installed by the lock."""
        words = shlex.split(command)
        mapped = [f"{self.root(stage)}{word}" if word.startswith("/") else word for word in words]
        if words[0] == "python":
            mapped[0] = sys.executable
        parent = self.root(stage) / "var" / "lib"
        parent.mkdir(parents=True, exist_ok=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        done = subprocess.run(
            mapped, cwd=self._here(stage), env=env, capture_output=True, text=True, timeout=120, check=False
        )
        assert 0 == done.returncode, (command, done.stdout, done.stderr)
        if "venv" in words:
            (packages,) = Path(mapped[-1]).glob("lib/python3*/site-packages")
            (packages / "of_the_tests.pth").write_text(sysconfig.get_path("purelib"))


def _ignored(_: str, names: list[str]) -> set[str]:
    """Return the names that never come into the image."""
    patterns = [line.removeprefix("**/") for line in IGNORED if line.startswith("**/")]
    return {name for name in names if any(fnmatch(name, pattern) for pattern in patterns)}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Give the built image."""
    made = Image(tmp_path_factory.mktemp("image"))
    made.build()
    return made


def test_the_steps_give_a_seatwatch_that_runs(image: Image) -> None:
    """After all steps the command is there, with this version, and is all of the code: it makes and reads a log."""
    (entry,) = [rest for stage, word, rest in steps() if word == "ENTRYPOINT"]
    command = image.root(2) / shlex.split(entry.strip("[]"))[0].lstrip("/")
    work = image.folder / "work"
    work.mkdir()
    (work / "config.yaml").write_text(
        "site: {name: x, timezone: UTC}\nledger: {path: seatwatch.db}\n"
        "sources: [{name: lic, format: flexlm, server: lic, timezone: UTC, paths: [lic.log]}]\n"
    )
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}

    def run(*words: str) -> str:
        done = subprocess.run([command, *words], cwd=work, env=env, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, (words, done.stderr)
        return done.stdout

    assert f"seatwatch {__version__}\n" == run("--version")
    run("simulate", "lic.log", "--days", "1")
    run("collect")
    assert "acorn_base" in run("export", "sessions")


def test_what_is_installed_is_the_project_and_whole(image: Image) -> None:
    """The installed package has every file of the project's packages, and lies in the image, not in this folder."""
    (installed,) = image.root(1).glob("opt/seatwatch/lib/python3*/site-packages")
    for package in ("exporter", "dashboards"):
        wanted = {
            path.relative_to(ROOT)
            for path in (ROOT / package).rglob("*")
            if path.is_file() and path.suffix in (".py", ".sql", ".typed")
        }
        there = {path.relative_to(installed) for path in (installed / package).rglob("*") if path.is_file()}
        assert set() == wanted - there


def test_the_folders_for_volumes_are_made(image: Image) -> None:
    """Owner and mode of the folders for ledger and logs are those of the container's user."""
    if os.geteuid() != 0:
        pytest.skip("only root can make folders of another user")
    for name in ("var/lib/seatwatch", "logs"):
        info = (image.root(2) / name).stat()
        assert (9877, 9877, 0o2770) == (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode))


def test_parts_are_installed_by_their_hashes_and_as_wheels_only() -> None:
    """Nothing comes into the image that the lock doesn't have, and no part's own script is run to install it."""
    installs = [rest for _, word, rest in steps() if word == "RUN" and " -m pip " in rest]
    lock, own = (set(rest.split()) for rest in installs)

    assert {"--require-hashes", "--only-binary", ":all:", "requirements.txt"} <= lock
    assert {"--no-deps", "--no-build-isolation", "."} <= own
    assert not any(re.search(r"curl|wget|apt|git ", rest) for _, word, rest in steps() if word == "RUN")


def test_no_secret_and_nothing_else_comes_into_the_image() -> None:
    """All of the project's folder is ignored but what the steps name; no step sets a variable with a secret."""
    copied = {
        name for _, word, rest in steps() if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]
    }
    rules = [line for line in IGNORED if line and not line.startswith("#")]

    assert "*" == rules[0]
    assert {f"!{name}" for name in copied} == {rule for rule in rules if rule.startswith("!")}
    assert not any(word == "ARG" for _, word, _ in steps())
    assert [["SEATWATCH_CONFIG", "PYTHONDONTWRITEBYTECODE"]] == [
        re.findall(r"(\w+)=", rest) for _, word, rest in steps() if word == "ENV"
    ]
