"""A host that does not exist, and the wtmp it writes: seeded, with all that real ones hold, and the odd things too."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.reference.wtmp_records import INIT, LOGIN, Record, boot, login, logout, run_level, shutdown

BEGIN = 1_709_625_600
"""UTC second of the first record: 2024-03-05T08:00:00Z."""
_USERS = ("amber", "birch", "cedar", "dill", "elm", "fern")
_PLACES = ("192.0.2.7", "198.51.100.20", "ws7.example.org", "2001:db8::7")


def lived(seed: int, records: int) -> list[Record]:
    """Return at least so many *records* of a host's life, none of which is older than the one before it."""
    life = living(seed)
    found: list[Record] = []
    while len(found) < records:
        found += next(life)
    return found


def living(seed: int) -> Iterator[list[Record]]:
    """Yield what a host writes at one time after the other, without end."""
    chance = Random(seed)  # noqa: S311 -- no secret is made of it
    open_lines: dict[str, str] = {}
    time = BEGIN
    up = False
    while True:
        written: list[Record] = []
        time += int(chance.expovariate(1 / 900))
        if not up:
            written += [boot(time), run_level(time + 9, "5"), Record(INIT, time + 9, "tty1", pid=700, id="tty1")]
            written.append(Record(LOGIN, time + 10, "tty1", "LOGIN", pid=700, id="tty1"))
            time, up = time + 10, True
        elif chance.random() < 0.01:
            if (way := chance.random()) < 0.4:
                written.append(shutdown(time))
            elif way < 0.6:
                written += [run_level(time, chance.choice("06")), shutdown(time + 1)]
            time, up = time + 60, False
            open_lines.clear()
        elif open_lines and chance.random() < 0.5:
            line = chance.choice(sorted(open_lines))
            del open_lines[line]
            if chance.random() < 0.9:  # others vanish without a word
                written.append(logout(time, line))
        elif chance.random() < 0.05:
            written.append(logout(time, chance.choice(("tty1", "pts/9", ""))))  # of whom nothing was written
        else:
            line, host = _place(chance, open_lines)
            user = open_lines[host[1:].partition(":")[0]] if ":S." in host else chance.choice(_USERS)
            open_lines[line] = user
            written.append(login(time, line, user, host, chance.randrange(300, 30_000)))
        yield written


def _place(chance: Random, open_lines: dict[str, str]) -> tuple[str, str]:
    """Return a line and the host that a login on it comes from."""
    terminals = sorted(line for line in open_lines if line.startswith("pts/"))
    match chance.randrange(8):
        case 0:
            return f"tty{chance.randrange(1, 4)}", ""
        case 1:
            return ":0", ":0"
        case 2:
            return f"ftpd{chance.randrange(1000, 9000)}", chance.choice(_PLACES)
        case 3 if terminals:
            return f"pts/{chance.randrange(20, 30)}", f":{chance.choice(terminals)}:S.{chance.randrange(3)}"
        case _:
            return f"pts/{chance.randrange(6)}", chance.choice(_PLACES)
