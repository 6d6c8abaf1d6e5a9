"""docs/people.md, followed: its tables are taken, and each of its commands goes well."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.people_site import PeopleSite

PAGE = Path(__file__).resolve().parents[2] / "docs" / "people.md"


def test_the_page_is_followed(tmp_path: Path) -> None:
    """With its tables, its breakdown by person and its pseudonyms, and a dump made of its table of people."""
    page = PAGE.read_text()
    people, hosts = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    site = PeopleSite(tmp_path)
    (tmp_path / "people.csv").write_text(people)
    (tmp_path / "hosts.csv").write_text(hosts)
    (tmp_path / "today.csv").write_text("user,group,department\namber,Dyes,Chemistry\nbirch,Optics,Physics\n")
    site.told("check-config")
    site.told("collect")
    commands = re.findall(r"(?m)^ {4}\.venv/bin/seatwatch (.*)$", page)
    said = {command: site.told(*command.split()) for command in commands}

    assert {"export", "who", "people"} == {command.split()[0] for command in said}
    (by_group,) = (text for command, text in said.items() if "--by group" in command)
    assert "server,vendor,feature,breakdown,value,start,seat_seconds,checkouts,denials\n" in by_group
    assert all(f",group,{value}," in by_group for value in ("Optics", "Dyes", "(foreign)", "(unknown)", "(unlisted)"))
    assert "birch,Optics,Physics," in (tmp_path / "people.csv").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert ["  tables: [people.csv]", "  pseudonyms: true"] == blocks[-1].splitlines()[1:]
    site.configure(", pseudonyms: true, by_user: true")
    site.told("collect")
    assert re.search(r",p-[a-z2-7]{16},", site.told("export", "windows", "--tier", "longterm", "--by", "user"))
