"""Who uses what: the vendors, features and people of a make-believe site."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature, and how it is used while everybody works."""

    name: str
    seats: int
    hourly: float
    """Requests an hour."""
    minutes: float
    """Mean length of a session, quick looks aside."""
    sizes: tuple[int, ...] = (1,)
    """Seats of one request; more than one size means tokens, whose sessions may change their seats."""
    displays: tuple[str, ...] = ("",)
    queues: bool = False
    """Whether requests wait when nothing is free."""
    components: tuple[str, ...] = ()
    """A package's components: each launch takes the package and one of them."""
    excluded: tuple[str, ...] = ()
    """Users whom the options file turns away."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor daemon; *retired* is a feature it no longer knows and some programs still ask for."""

    name: str
    port: int
    features: tuple[Feature, ...]
    retired: str


@dataclass(frozen=True, slots=True)
class Person:
    """A user, the machine on the desk and the node that takes the big jobs."""

    user: str
    desk: str
    node: str


@dataclass(frozen=True, slots=True)
class Site:
    """A licence server and those who use it; *scale* multiplies how often they do."""

    name: str
    host: str
    vendors: tuple[Vendor, ...]
    people: tuple[Person, ...]
    scale: float = 1.0

    def capacity(self) -> dict[tuple[str, str], int]:
        """Return the seats of each (vendor, feature); a component has those of its package."""
        return {
            (vendor.name, name): feature.seats
            for vendor in self.vendors
            for feature in vendor.features
            for name in (feature.name, *feature.components)
        }


def demo_site(scale: float = 1.0) -> Site:
    """Return the default site: server ``demo`` with two vendors, 60 people and some 40 machines."""
    acornd = Vendor(
        "acornd",
        41001,
        (
            Feature("acorn_base", 20, hourly=38, minutes=40),
            Feature("acorn_mesh", 8, hourly=12, minutes=40),
            Feature("acorn_view", 12, hourly=18, minutes=35, excluded=("fern", "m.alder")),
            Feature("acorn_suite", 10, hourly=15, minutes=40, components=("acorn_part", "acorn_draw")),
        ),
        retired="acorn_old",
    )
    brookd = Vendor(
        "brookd",
        41002,
        (
            Feature(
                "brook_cfd",
                64,
                hourly=7,
                minutes=45,
                sizes=(4, 8, 8, 12, 16, 32),
                displays=("", "", "cfd:batch"),
                queues=True,
            ),
            Feature("brook_post", 6, hourly=12, minutes=25),
        ),
        retired="brook_lite",
    )
    return Site("demo", "lic-host1", (acornd, brookd), _people(), scale)


_PLAIN = (
    "amber",
    "birch",
    "clover",
    "dahlia",
    "ebony",
    "fern",
    "gorse",
    "hazel",
    "iris",
    "juniper",
    "kestrel",
    "larch",
    "maple",
    "nettle",
    "olive",
    "poplar",
    "quince",
    "rowan",
    "sorrel",
    "tansy",
    "umber",
    "violet",
    "willow",
    "yarrow",
    "zinnia",
    "aster",
    "basil",
    "cedar",
    "daisy",
    "elder",
    "fennel",
    "ginger",
    "heather",
    "ivy",
    "jasmine",
    "laurel",
    "myrtle",
    "nutmeg",
    "orchid",
    "peony",
    "rosemary",
    "saffron",
    "thyme",
    "verbena",
    "woodruff",
    "m.alder",
    "j.elm",
    "p.hawthorn",
    "s.linden",
    "svc-batch",
    "pine_07",
)
_UNUSUAL = (
    "Ana Robledal",
    "Luz Nogal Roble",
    "Mª Encina",
    "Íñigo Sauce",
    "Zoë Brånd",
    "Jörg Tännle",
    "LAB\\quill",
    "Maple",  # not `maple`: letter case tells keys apart, and people not
    "o.bracken-vale",
)
_DESKS = (*(f"ws-{number:02d}" for number in range(1, 29)), "DESKTOP-K11OAK", "LAPTOP_BEECH", "mac-ash.lab.example")
_NODES = tuple(f"node{number:02d}.lab.example" for number in range(1, 10))


def _people() -> tuple[Person, ...]:
    users = (*_PLAIN, *_UNUSUAL)
    return tuple(
        Person(user, _DESKS[number % len(_DESKS)], _NODES[number % len(_NODES)]) for number, user in enumerate(users)
    )
