-- What windows are made from, beside sessions and denials.

CREATE TABLE coverage (              -- intervals of time of which a stream was read, in reading order
    stream INTEGER NOT NULL,
    number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (stream, number)
) STRICT, WITHOUT ROWID;

-- The same, sorted by time; those that meet are one.
CREATE VIEW covered AS
WITH reached AS (
    SELECT stream, start, end, max(end) OVER (
        PARTITION BY stream ORDER BY start, end ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before FROM coverage
), numbered AS (
    SELECT stream, start, end, sum(before IS NULL OR start > before) OVER (
        PARTITION BY stream ORDER BY start, end
    ) AS island FROM reached
)
SELECT stream, min(start) AS "from", max(end) AS "to" FROM numbered GROUP BY stream, island;

ALTER TABLE session ADD COLUMN checkin INTEGER;  -- = end where a check-in line of that time ended it
UPDATE session SET checkin = end WHERE reason IN ('returned', 'timeout', 'shutdown', 'removed');
CREATE INDEX session_by_time ON session (product, end, start);

CREATE TABLE checkin (               -- check-in lines that ended no session, or one that began later
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    product INTEGER NOT NULL,
    time INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX checkin_by_time ON checkin (product, time);

ALTER TABLE wait ADD COLUMN end_generation INTEGER;  -- the line that ended it
ALTER TABLE wait ADD COLUMN end_at INTEGER;
UPDATE wait SET end_generation = generation, end_at = at WHERE end IS NOT NULL;
CREATE INDEX wait_by_time ON wait (product, end, start);
CREATE INDEX denial_by_time ON denial (product, time);
CREATE INDEX episode_by_time ON episode (product, first);

ALTER TABLE total ADD COLUMN first INTEGER;          -- first sight, which outlives the facts; NULL: only in UNSUPPORTED lines
UPDATE total SET first = (
    SELECT min(time) FROM (
        SELECT min(start) AS time FROM session AS f JOIN generation AS g ON g.id = f.generation
            WHERE f.product = total.product AND g.stream = total.stream
        UNION ALL SELECT min(f.time) FROM denial AS f JOIN generation AS g ON g.id = f.generation
            WHERE f.product = total.product AND g.stream = total.stream AND f.class <> 'unsupported'
        UNION ALL SELECT min(start) FROM wait AS f JOIN generation AS g ON g.id = f.generation
            WHERE f.product = total.product AND g.stream = total.stream
    )
);

-- What of the configuration shapes windows: copied here, so that a change is known, and what it touches is made again.

CREATE TABLE rule (                  -- `zone`, `denials`, `products`
    kind TEXT PRIMARY KEY,
    value TEXT NOT NULL,             -- JSON
    rev INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE capacity (              -- seats issued from `start` on
    product INTEGER NOT NULL,
    start INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    origin TEXT NOT NULL,            -- `config`, or the licence file
    rev INTEGER NOT NULL,
    PRIMARY KEY (product, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE subject (               -- what windows are about: a feature, or a product of the configuration by its name
    id INTEGER PRIMARY KEY,
    product INTEGER UNIQUE,
    name TEXT UNIQUE,
    CHECK ((product IS NULL) <> (name IS NULL))
) STRICT;

CREATE TABLE member (                -- features of a configured product that count; components of another are none
    subject INTEGER NOT NULL,
    product INTEGER NOT NULL,
    PRIMARY KEY (subject, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE window (                -- closed windows, [start, end)
    tier INTEGER NOT NULL,           -- seconds that its windows usually last
    subject INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    in_use_max INTEGER NOT NULL,
    in_use_min INTEGER NOT NULL,
    seat_seconds INTEGER NOT NULL,
    covered_seconds INTEGER NOT NULL,
    issued_seconds INTEGER NOT NULL,
    saturated_seconds INTEGER NOT NULL,
    over_issued_seconds INTEGER NOT NULL,
    seconds_ge_50 INTEGER NOT NULL,
    seconds_ge_75 INTEGER NOT NULL,
    seconds_ge_90 INTEGER NOT NULL,
    seconds_ge_95 INTEGER NOT NULL,
    seconds_ge_100 INTEGER NOT NULL,
    checkouts INTEGER NOT NULL,
    checkins INTEGER NOT NULL,
    denials INTEGER NOT NULL,
    denials_waited INTEGER NOT NULL,
    denials_refused INTEGER NOT NULL,
    queued_max INTEGER NOT NULL,
    users INTEGER NOT NULL,
    suspect_seats INTEGER NOT NULL,
    times TEXT,                      -- JSON, seconds by level; NULL: all covered seconds at in_use_max
    rev INTEGER NOT NULL,
    PRIMARY KEY (tier, subject, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE stored (                -- up to where the windows of a subject are stored; what is earlier is made again
    tier INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (subject, tier)
) STRICT, WITHOUT ROWID;
