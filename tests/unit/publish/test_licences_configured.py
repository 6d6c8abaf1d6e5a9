"""What the endpoint takes from config.yaml: dated capacity, products and their components, how many features."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from exporter.config.loading import load
from exporter.config.rules import licences_of
from exporter.views import Licences

TEXT = """\
site: {name: example, timezone: Europe/Madrid}
ledger: {path: seatwatch.db}
sources:
  - {name: one, format: flexlm, server: lic1, paths: ["/logs/one.log"]}
  - {name: two, format: flexlm, server: "{host}", timezone: America/Denver, paths: ["/logs/{host}/x.log"]}
"""


def loaded(folder: Path, more: str = "") -> Licences:
    """Return what is taken from the configuration with *more* in it."""
    file = folder / "config.yaml"
    file.write_text(TEXT + more)
    return licences_of(load(file, ["flexlm"]))


def test_nothing_told(tmp_path: Path) -> None:
    """Without a word on licences nothing is issued, nothing is a product, and 2,000 features of a source are shown."""
    assert Licences() == loaded(tmp_path)


def test_capacity_begins_at_midnight_of_its_source(tmp_path: Path) -> None:
    """A date is midnight in the zone of the source that has the server, a time with an offset what it says; sorted."""
    more = """\
capacity:
  - {server: lic1, vendor: v, feature: f, seats: 7, from: 2022-07-01}
  - {server: lic1, vendor: v, feature: f, seats: 5, from: 2022-01-01}
  - {server: denver, vendor: v, feature: f, seats: 3, from: 2022-01-01}
  - {server: lic1, vendor: v, feature: g, seats: 0, from: "2022-01-01T00:00:00Z"}
  - {server: lic1, licence_files: [/etc/licence.dat]}
"""

    def second(*moment: int) -> float:
        return datetime(*moment, tzinfo=UTC).timestamp()

    assert {
        ("lic1", "v", "f"): [(second(2021, 12, 31, 23), 5), (second(2022, 6, 30, 22), 7)],
        ("denver", "v", "f"): [(second(2022, 1, 1, 7), 3)],
        ("lic1", "v", "g"): [(second(2022, 1, 1), 0)],
    } == loaded(tmp_path, more).issued


def test_products_and_their_components(tmp_path: Path) -> None:
    """Members are keys of features; a component has server and vendor of its package."""
    more = """\
products:
  - name: Suite
    members:
      - {server: lic1, vendor: v, feature: pack, components: [part, piece]}
      - {server: denver, vendor: v, feature: pack}
limits: {features: 50}
"""
    pack = ("lic1", "v", "pack")

    assert Licences(
        products={"Suite": [pack, ("denver", "v", "pack")]},
        components=frozenset([(pack, ("lic1", "v", "part")), (pack, ("lic1", "v", "piece"))]),
        most_features=50,
    ) == loaded(tmp_path, more)
