"""The settings that shape windows become rules: dates are UTC seconds, and of a package only it counts."""

from __future__ import annotations

from pathlib import Path

from exporter.config.loading import load
from exporter.config.rules import licence_places, rules_of
from exporter.rules import LicencePlace, ProductRule, Rules
from exporter.tiers.products import counted

SITE = """\
site: {name: example, timezone: America/New_York}
ledger: {path: var/ledger.db}
sources:
  - {name: one, format: flexlm, server: lic1, timezone: Europe/Madrid, paths: ["one.log"]}
  - {name: two, format: flexlm, server: lic1, timezone: UTC, paths: ["two.log"]}
  - {name: more, format: flexlm, server: "{host}-lic", timezone: Asia/Tokyo, paths: ["/logs/{host}/debug.log"]}
"""
MIDNIGHT = 1_704_067_200  # 2024-01-01T00:00:00Z


def rules(folder: Path, more: str) -> Rules:
    """Return the rules of a configuration with *more*."""
    path = folder / "config.yaml"
    path.write_text(SITE + more)
    return rules_of(load(path, {"flexlm"}), counted)


def test_a_configuration_without_any_has_the_defaults(tmp_path: Path) -> None:
    """The zone is the site's, the denial rule has its usual windows, nothing is issued, and no server is redundant."""
    alone = dict.fromkeys(("one", "two", "more"))
    assert Rules("America/New_York", 10, 1200, redundant=alone) == rules(tmp_path, "")


def test_a_day_begins_at_midnight_of_the_zone_of_the_servers_first_source(tmp_path: Path) -> None:
    """A server of two sources has the first one's zone, one that a pattern stands for its source's; offsets hold."""
    row = "  - {{server: {}, vendor: v, feature: f, seats: {}, from: {}}}\n"
    found = rules(
        tmp_path,
        "capacity:\n"
        + row.format("lic1", 5, "2024-01-01")
        + row.format("lic1", 6, "2024-01-01T12:00:00Z")
        + row.format("far-lic", 7, "2024-01-01"),
    )
    assert {
        ("lic1", "v", "f"): {MIDNIGHT - 3600: 5, MIDNIGHT + 12 * 3600: 6},
        ("far-lic", "v", "f"): {MIDNIGHT - 9 * 3600: 7},
    } == found.issued


def test_of_rows_of_one_time_the_last_holds(tmp_path: Path) -> None:
    """Two rows that begin at one instant, however written, are one."""
    row = "  - {{server: lic1, vendor: v, feature: f, seats: {}, from: {}}}\n"
    text = "capacity:\n" + row.format(5, "2024-01-01") + row.format(8, "2023-12-31T23:00:00Z")
    assert {("lic1", "v", "f"): {MIDNIGHT - 3600: 8}} == rules(tmp_path, text).issued


def test_licence_files_are_no_rows(tmp_path: Path) -> None:
    """What licence files say isn't a rule of the configuration."""
    assert {} == rules(tmp_path, "capacity: [{server: lic1, licence_files: x.lic}]\n").issued


def test_licence_files_are_told_by_server(tmp_path: Path) -> None:
    """Entries of one server are one, in their order, each file once; their days are those of its first source."""
    path = tmp_path / "config.yaml"
    path.write_text(
        SITE + "capacity:\n  - {server: lic1, licence_files: [x.lic, y.lic], options_files: v.opt}\n"
        "  - {server: lic1, licence_files: [/z.lic, x.lic]}\n  - {server: far-lic, licence_files: x.lic}\n"
    )
    x, y, options = (str(tmp_path / name) for name in ("x.lic", "y.lic", "v.opt"))
    assert [
        LicencePlace("lic1", "Europe/Madrid", (x, y, "/z.lic"), (options,)),
        LicencePlace("far-lic", "Asia/Tokyo", (x,), ()),
    ] == licence_places(load(path, {"flexlm"}))


def test_a_product_has_members_and_maybe_seats_of_its_own(tmp_path: Path) -> None:
    """Components of a package are no members; own seats begin at midnight of the site's zone."""
    text = """\
products:
  - name: Suite
    members:
      - {server: lic1, vendor: v, feature: suite, components: [base, view]}
      - {server: lic1, vendor: v, feature: base}
      - {server: lic2-lic, vendor: v, feature: base}
  - {name: Plain, members: [{server: lic1, vendor: v, feature: plain}]}
capacity:
  - {product: Suite, seats: 9, from: 2024-01-01}
"""
    members = frozenset({("lic1", "v", "suite"), ("lic2-lic", "v", "base")})
    expected = {
        "Suite": ProductRule(members, {MIDNIGHT + 5 * 3600: 9}),
        "Plain": ProductRule(frozenset({("lic1", "v", "plain")}), {}),
    }
    assert expected == rules(tmp_path, text).products
