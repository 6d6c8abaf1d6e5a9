"""
Denial episodes made anew from the raw rows, after their rule has changed.

What raw rows no longer cover stays as it was: an episode whose first line is gone, with the lines it was made of.
"""

from __future__ import annotations

import sqlite3
from operator import attrgetter

from exporter.ledger.again import make_features_again
from exporter.ledger.pruning import read_sealed
from exporter.ledger.rows import EPISODE
from exporter.rules import DemandLine, Replay

_OF_STREAM = "f.generation IN (SELECT id FROM generation WHERE stream = ?1)"
_EPISODES = f"SELECT {', '.join(f'f.{column}' for column in EPISODE.columns)} FROM episode AS f WHERE {_OF_STREAM} "
_FIRST_LINE = "EXISTS (SELECT 1 FROM denial AS d WHERE d.generation = f.generation AND d.at = f.at)"

# A plain holder is the user and host of a holder; who was never turned away nor waited may have none, and ends nothing.
_NAMED = f"""
JOIN product AS p ON p.id = f.product
JOIN holder AS h ON h.id = f.holder
JOIN holder AS plain
    ON plain.raw = CASE instr(h.raw, x'0A') WHEN 0 THEN h.raw ELSE substr(h.raw, 1, instr(h.raw, x'0A') - 1) END
WHERE {_OF_STREAM}
"""
_WHO = "p.vendor, f.product, f.holder, plain.id"
_OF_DENIED = "f.product IN (SELECT product FROM denied)"

_LINES = f"""
WITH denied AS MATERIALIZED (SELECT DISTINCT f.product FROM denial AS f WHERE f.class = 'capacity' AND {_OF_STREAM}),
kept AS MATERIALIZED ({_EPISODES} AND NOT {_FIRST_LINE})
SELECT f.generation AS line_generation, f.at AS line_at, 'denied' AS what, f.time, {_WHO}, f.seats
FROM denial AS f {_NAMED} AND f.class = 'capacity' AND NOT EXISTS (
    SELECT 1 FROM kept AS k WHERE k.product = f.product AND k.holder = plain.id AND f.time BETWEEN k.first AND k.last
)
UNION ALL SELECT f.generation, f.at, 'started', f.start, {_WHO}, f.first_seats
FROM session AS f {_NAMED} AND {_OF_DENIED} AND f.n = 0 AND NOT f.inferred
UNION ALL SELECT f.generation, f.at, 'queued', f.start, {_WHO}, f.seats
FROM wait AS f {_NAMED} AND {_OF_DENIED}
UNION ALL SELECT f.end_generation, f.end_at, 'left', f.end, {_WHO}, f.seats
FROM wait AS f {_NAMED} AND {_OF_DENIED} AND f.outcome = 'given_up' AND f.end_at IS NOT NULL
UNION ALL SELECT f.end_generation, f.end_at, 'reset', f.end, {_WHO}, 0
FROM wait AS f {_NAMED} AND {_OF_DENIED} AND f.outcome = 'reset' AND f.end_at IS NOT NULL
UNION ALL SELECT f.end_generation, f.end_at, 'reset', f.end, {_WHO}, 0
FROM session AS f {_NAMED} AND {_OF_DENIED} AND f.reason = 'reset' AND f.end_at IS NOT NULL
UNION ALL SELECT f.generation, f.at, 'reset', f.time, CASE f.vendor WHEN 'lmgrd' THEN '' ELSE f.vendor END, 0, 0, 0, 0
FROM lifecycle AS f WHERE f.what IN ('started', 'restarted') AND {_OF_STREAM}
ORDER BY line_generation, line_at
"""
"""All that episodes depend on, in reading order; resets of a re-base are known by the sessions and waits they ended."""


def remake_episodes(db: sqlite3.Connection, replay: Replay, rev: int) -> None:
    """Replace what differs of the episodes of every stream, inside the open transaction. Raises sqlite3.Error."""
    for stream, frontier in db.execute("SELECT id, frontier FROM stream").fetchall():
        _remake(db, stream, frontier, replay, rev)


def _remake(db: sqlite3.Connection, stream: int, frontier: int | None, replay: Replay, rev: int) -> None:
    row_of = attrgetter(*EPISODE.columns)
    held = {row[:2]: row for row in db.execute(f"{_EPISODES} AND {_FIRST_LINE}", (stream,))}
    made = {}
    for episode in replay(map(DemandLine._make, db.execute(_LINES, (stream,))), frontier):
        made[episode.generation, episode.at] = row_of(episode)
    # Where sessions and waits have gone it isn't known any more how an episode ended.
    sealed = read_sealed(db.execute)
    held, made = ({key: row for key, row in rows.items() if row[4] >= sealed.get(row[2], 0)} for rows in (held, made))
    gone = [held[key] for key in held.keys() - made.keys()]
    new = [row for key, row in made.items() if held.get(key) != row]
    db.executemany("DELETE FROM episode WHERE generation = ? AND at = ?", [row[:2] for row in gone])
    db.executemany(
        f"INSERT OR REPLACE INTO episode ({', '.join(EPISODE.columns)}, rev) "
        f"VALUES ({'?, ' * len(EPISODE.columns)}{rev})",
        new,
    )
    earliest: dict[int, int] = {}
    for _, _, product, _, first, *_ in [*gone, *new]:
        earliest[product] = min(first, earliest.get(product, first))
    for product, first in earliest.items():
        make_features_again(db, [product], first)
