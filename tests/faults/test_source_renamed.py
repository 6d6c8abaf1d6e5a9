"""The configuration changed, or the log moved: what was read is known again and not read anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.ledger.reader import LedgerReader
from exporter.tail import identity
from tests.faults.harness.scene import Scene

MakeScene = Callable[..., Scene]


def _reconfigure(scene: Scene, *changes: tuple[str, str]) -> None:
    """Change the text of the configuration."""
    text = scene.config.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    scene.config.write_text(text)


def _streams(scene: Scene) -> list[tuple[str, str]]:
    """Return source and path of every stream in the ledger."""
    reader = LedgerReader(scene.ledger)
    rows = [
        (source, Path(name.decode()).name) for source, name in reader.ask("SELECT source, name FROM stream ORDER BY id")
    ]
    reader.close()
    return rows


def _begin(scene: Scene) -> None:
    """Let lines of two generations be read, and end Seatwatch."""
    scene.pen.write(300)
    scene.poll()
    scene.pen.rename()
    scene.pen.write(200)
    scene.poll(3)
    scene.stop()


@pytest.mark.case("M1", "A source is renamed, or its log is matched by another source.", only="down")
def test_a_source_gets_another_name(scene: Scene) -> None:
    """The log goes on under the new name where it stood, the operator is told once, and it may go back."""
    _begin(scene)
    _reconfigure(scene, ("name: lic,", "name: licences,"))
    scene.pen.write(100)
    scene.start()
    scene.poll()

    (line,) = [line for line in scene.told if "goes on under another name" in line]
    assert "source=licences" in line
    assert "was_source=lic " in line
    assert [("licences", "debug.log")] == _streams(scene)
    scene.see(same=False)
    scene.stop()
    _reconfigure(scene, ("name: licences,", "name: lic,"))
    scene.start()
    scene.see()


@pytest.mark.case("M1", only="down")
def test_what_was_lost_meanwhile_is_told(scene: Scene) -> None:
    """A log that was replaced while its source got another name goes on by its name, so its loss is a gap."""
    scene.pen.write(300)
    scene.poll()
    scene.stop()
    end = scene.pen.size()
    lost = scene.pen.write(50)
    scene.log.unlink()
    scene.pen.begin()
    scene.pen.write(20)
    _reconfigure(scene, ("name: lic,", "name: licences,"))
    scene.start()

    scene.see(lost=lost, gaps=[(end, None)])
    assert [("licences", "debug.log")] == _streams(scene)


@pytest.mark.case("M1", only="down")
def test_a_log_is_matched_by_another_source(make_scene: MakeScene) -> None:
    """Of two logs of one source, one is given to a new source: it goes on there, and the other stays."""
    scene = make_scene(server="{server}", paths=["logs/{server}.log*"])
    other = scene.another_pen("other.log")
    other.write(50)
    _begin(scene)
    more = '  - {name: more, format: flexlm, server: other, timezone: UTC, paths: ["logs/other.log*"]}\n'
    _reconfigure(scene, ("logs/{server}.log*", "logs/de{server}.log*"), ("prometheus:", f"{more}prometheus:"))
    _reconfigure(scene, ("server: '{server}'", "server: 'de{server}'"))
    other.write(50)
    scene.start()

    scene.see(same=False)
    assert {("more", "other.log"), ("lic", "debug.log")} == set(_streams(scene))


def test_a_copy_of_a_log_is_a_log_of_its_own(make_scene: MakeScene) -> None:
    """While the original is there a copy takes nothing over from it."""
    scene = make_scene(server="{server}", paths=["logs/{server}.log*"])
    _begin(scene)
    shutil.copy(scene.log, scene.logs / "copy.log")
    scene.start()
    scene.poll()

    assert [("lic", "debug.log"), ("lic", "copy.log")] == _streams(scene)


def test_a_log_that_is_away_is_not_given_away_while_it_runs(make_scene: MakeScene) -> None:
    """A running Seatwatch lets no new log take over from one that it follows, though the file is gone just now."""
    scene = make_scene(server="{server}", paths=["logs/{server}.log"])
    scene.pen.write(100)
    scene.poll()
    scene.log.rename(scene.logs / "moved.log")
    scene.poll(2)

    assert [("lic", "debug.log"), ("lic", "moved.log")] == _streams(scene)


@pytest.mark.case("M2", "Heads and markers were saved with other lengths than those of now.", only="down")
@pytest.mark.parametrize("lengths", [(100, 64), (4096, 4096)])
def test_identities_of_another_version_still_match(make_scene: MakeScene, lengths: tuple[int, int]) -> None:
    """What a version with shorter or longer heads and markers wrote down is recognised."""

    def other_lengths() -> None:
        identity.HEAD, identity.MARKER = lengths

    scene = make_scene(before=[other_lengths])
    _begin(scene)
    reader = LedgerReader(scene.ledger)
    assert {lengths} == set(reader.ask("SELECT head_length, marker_length FROM generation"))
    reader.close()
    scene.before = ()
    scene.pen.write(100)
    scene.pen.rename()
    scene.pen.write(100)
    scene.start()

    scene.see()


@pytest.mark.case("M3", "Log and ledger are copied to another host.", only="down")
@pytest.mark.parametrize("path", ["same", "other"])
def test_another_host(make_scene: MakeScene, path: str) -> None:
    """With other inodes, at the same path or at another one, reading goes on by what the files hold."""
    scene = make_scene(paths=["logs/debug.log"])
    _begin(scene)
    scene.pen.close_all()
    folder = scene.logs if path == "same" else scene.folder / "srv"
    was = scene.logs.rename(scene.folder / "was")
    shutil.copytree(was, folder)
    if path == "other":
        _reconfigure(scene, ("logs/debug.log", "srv/debug.log"))
        scene.pen.log = folder / "debug.log"
    scene.pen.write(100)
    scene.pen.rename()
    scene.pen.write(50)
    scene.start()
    scene.poll()

    assert [("lic", "debug.log")] == _streams(scene)
    scene.see()
