"""Six weeks of a made site that has all that the boards show, collected and shipped to an InfluxDB 1.6."""

from __future__ import annotations

from pathlib import Path

from exporter.simulate.site import demo_site
from tests.e2e.command_line import called, told
from tests.servers.influxd import Influxd

DAYS = 42
FIRST, NOW = "2024-09-20", 1_730_415_600
"""The first day, and the UTC second at which the last is over: six weeks with a day of 25 hours."""
SITE, ZONE = "made", "Europe/Madrid"
_CONFIG = """\
site: {{name: made, timezone: Europe/Madrid}}
ledger: {{path: ledger.db}}
sources:
  - {{name: lic, format: flexlm, server: demo, timezone: Europe/Madrid, paths: ["lic.log*"]}}
  - {{name: modules, format: lmod, server: modules, timezone: Europe/Madrid, paths: ["modules.log"]}}
  - {{name: px, format: metpx, server: px1, timezone: Europe/Madrid, paths: ["tx_pier.log"]}}
  - name: rooms
    format: wtmp
    server: campus
    host: "{{host}}"
    paths: ["wtmp/{{host}}/wtmp"]
    labs: [{{name: oak room, hosts: ["oak*"], machines: 3}}]
capacity:
  - {{server: demo, vendor: acornd, feature: acorn_base, seats: 20, from: 2022-01-01}}
  - {{server: demo, vendor: acornd, feature: acorn_mesh, seats: 8, from: 2022-01-01}}
  - {{server: demo, vendor: acornd, feature: acorn_suite, seats: 10, from: 2022-01-01}}
  - {{server: demo, vendor: brookd, feature: brook_cfd, seats: 64, from: 2022-01-01}}
products: [{{name: Acorn, members: [{{server: demo, vendor: acornd, feature: acorn_base}}]}}]
people: {{tables: [people.csv], by_user: true}}
influxdb: [{{name: main, url: "{url}"}}]
prometheus: {{listen: null}}
tiers: {{live: {{keep: 1d}}, hourly: {{keep: forever}}, longterm: {{keep: forever}}}}
"""
_GROUPS = ("physics", "chemistry")
_LOGS = {
    "lic.log": ("--format", "flexlm", "--scale", "0.6", "--rotate", "2000000"),
    "modules.log": ("--format", "lmod", "--scale", "0.2"),
    "tx_pier.log": ("--format", "metpx", "--scale", "0.1"),
    "wtmp/oak1/wtmp": ("--format", "wtmp", "--scale", "0.5"),
    "wtmp/elm1/wtmp": ("--format", "wtmp", "--scale", "0.5", "--seed", "2"),
}


def ship(folder: Path, server: Influxd) -> None:
    """Write the logs below *folder*, collect them, and ship their windows."""
    server.make(live="inf", hourly="inf", longterm="inf")
    (folder / "config.yaml").write_text(_CONFIG.format(url=server.url))
    users = sorted({one.user.casefold() for one in demo_site().people})
    people = [f'"{one}",{_GROUPS[number % 2]}' for number, one in enumerate(users)]
    (folder / "people.csv").write_text("\n".join(["user,department", *people]) + "\n", "utf-8")
    for name, made in _LOGS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        told(called(folder, "simulate", name, "--start", FIRST, "--days", str(DAYS), "--zone", ZONE, *made))
    told(called(folder, "collect"))
