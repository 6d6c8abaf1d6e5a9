-- Who belongs to which group by date, and windows by group.

CREATE TABLE belonging (             -- what the tables of people and hosts say, from `start` to before `end`
    kind TEXT NOT NULL,              -- `user`, `host`, or `pattern` of hosts
    name TEXT NOT NULL,              -- case-folded
    "column" TEXT NOT NULL,
    value TEXT NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    weight INTEGER NOT NULL,         -- among all values that hold at one time
    PRIMARY KEY (kind, name, "column", value, start, end)
) STRICT, WITHOUT ROWID;

-- Closed windows of a feature by group; the subject is one value of one breakdown, and its kind is JSON of both. One in
-- which nothing was used has no row. Up to where they are stored says `stored`, of the subject with an empty kind.
CREATE TABLE breakdown (
    tier INTEGER NOT NULL,           -- seconds that its windows usually last
    subject INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    seat_seconds INTEGER NOT NULL,
    checkouts INTEGER NOT NULL,
    denials INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (tier, subject, start)
) STRICT, WITHOUT ROWID;
