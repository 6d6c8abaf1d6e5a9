"""The default set of boards that is checked in, and the drawings of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from dashboards.links import UIDS
from dashboards.sketch import sketch
from docs.make_boards import BOARDS, DRAWINGS, made

FILES = made()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_as_it_is_made(path: Path) -> None:
    """Making the boards anew changes nothing; if it does, `make docs` was forgotten."""
    assert path.read_text("utf-8") == FILES[path]


def test_no_other_file_lies_there() -> None:
    """A board that is no longer made leaves no file behind."""
    assert {*FILES} == {*BOARDS.iterdir(), *DRAWINGS.iterdir()}


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".svg"], ids=lambda path: path.name)
def test_a_drawing_shows_every_panel(path: Path) -> None:
    """It is XML, and tells each row's title, and each panel's description, unit and as much of its title as fits."""
    words = [element.text or "" for element in fromstring(FILES[path]).iter()]  # noqa: S314  # of our own
    board = json.loads(FILES[BOARDS / f"{path.stem}.json"])
    for panel in board["panels"]:
        assert panel["type"] != "row" or any(word.endswith(f" {panel['title']}") for word in words)
        for one in [panel, *panel.get("panels", [])]:
            if one["type"] != "row":
                assert one["description"] in words
                assert one["fieldConfig"]["defaults"]["unit"] in words
                assert any(fits(word, one["title"]) for word in words), one["title"]


def fits(word: str, title: str) -> bool:
    """Whether a word is a title, or the beginning of one with a mark that it goes on."""
    return word == title or (word.endswith("\u2026") and title.startswith(word[:-1]))


def test_names_cannot_break_a_drawing() -> None:
    """What would be markup is text."""
    board = json.loads(FILES[BOARDS / "overview.json"])
    board["panels"][1]["title"] = '</text><script>"&'

    assert '</text><script>"&' in [element.text for element in fromstring(sketch(board)).iter()]  # noqa: S314  # the same


def test_every_drawing_is_shown() -> None:
    """The page about boards shows each, in the order of the menu."""
    page = (DRAWINGS.parent / "dashboards.md").read_text("utf-8")

    assert [f"boards/{name}.svg" for name in UIDS] == re.findall(r"\((boards/\w+\.svg)\)", page)
