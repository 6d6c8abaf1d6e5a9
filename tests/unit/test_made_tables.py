"""The tables in the documents that are made from the catalog."""

from __future__ import annotations

import pytest

from docs.make_tables import PAGES, ROOT, TABLES, filled


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_are_those_of_the_catalog(page: str) -> None:
    """Making the tables anew changes nothing; if it does, `make docs` was forgotten."""
    text = (ROOT / page).read_text("utf-8")
    assert filled(text) == text


def test_every_table_has_its_place() -> None:
    """A table that no page has room for would be made for nobody."""
    pages = "".join((ROOT / page).read_text("utf-8") for page in PAGES)
    assert set(TABLES) == {name for name in TABLES if f"<!-- {name}: begin -->\n\n|" in pages}


def test_what_is_around_a_table_stays() -> None:
    """Only what stands between the marks is replaced."""
    made = filled("before\n<!-- tiers: begin -->\nold\n<!-- tiers: end -->\nafter\n")
    assert made.startswith("before\n<!-- tiers: begin -->\n\n| tier |")
    assert made.endswith(" |\n\n<!-- tiers: end -->\nafter\n")
    assert "old" not in made
