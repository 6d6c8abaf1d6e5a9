-- What windows are made from, beside sessions and denials.

CREATE TABLE coverage (              -- intervals of time of which a stream was read, in reading order
    stream INTEGER NOT NULL,
    number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (stream, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE quiet (                 -- up to when nothing more was written to a log at its end, since its last commit
    stream INTEGER PRIMARY KEY,
    until INTEGER NOT NULL           -- its newest interval ends there; a table of its own, for it moves every minute
) STRICT;

-- Up to when each stream is known.
CREATE VIEW known AS
SELECT s.id AS stream, max(s.frontier, coalesce(q.until, s.frontier)) AS frontier
FROM stream AS s LEFT JOIN quiet AS q ON q.stream = s.id;

-- The intervals, sorted by time; those that meet are one.
CREATE VIEW covered AS
WITH grown AS (
    SELECT c.stream, c.start, max(c.end, coalesce(q.until, c.end)) AS end
    FROM coverage AS c LEFT JOIN quiet AS q
        ON q.stream = c.stream AND c.number = (SELECT max(number) FROM coverage AS n WHERE n.stream = c.stream)
), reached AS (
    SELECT stream, start, end, max(end) OVER (
        PARTITION BY stream ORDER BY start, end ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before FROM grown
), numbered AS (
    SELECT stream, start, end, sum(before IS NULL OR start > before) OVER (
        PARTITION BY stream ORDER BY start, end
    ) AS island FROM reached
)
SELECT stream, min(start) AS "from", max(end) AS "to" FROM numbered GROUP BY stream, island;

CREATE TABLE activity (              -- what a vendor daemon wrote on each UTC day
    stream INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    day INTEGER NOT NULL,            -- days since 1970
    starts INTEGER NOT NULL,
    stops INTEGER NOT NULL,
    resets INTEGER NOT NULL,
    PRIMARY KEY (stream, vendor, day)
) STRICT, WITHOUT ROWID;

ALTER TABLE session ADD COLUMN checkin INTEGER;  -- = end where a check-in line of that time ended it
UPDATE session SET checkin = end WHERE reason IN ('returned', 'timeout', 'shutdown', 'removed');
-- Windows of a feature are made from it alone: to look up each session of a million takes several times as long.
CREATE INDEX session_by_time ON session (
    product, end, start, first_seats, seats, holder, inferred, end_generation, end_at, checkin, suspect
) WHERE end IS NOT NULL;             -- `session_open` has the others

CREATE INDEX session_reset ON session (end_generation, end_at) WHERE reason = 'reset';

CREATE TABLE superseded (            -- sessions that a start on a redundant server ended: what their own log tells of it
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    n INTEGER NOT NULL,
    time INTEGER NOT NULL,           -- of that start
    end INTEGER,                     -- by a reset, and the line of it; NULL: their own log has not ended them
    end_generation INTEGER,
    end_at INTEGER,
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at, n)
) STRICT, WITHOUT ROWID;

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

-- Accumulators that only Prometheus is shown; as `total`, never corrected.

ALTER TABLE total ADD COLUMN effective INTEGER NOT NULL DEFAULT 0;  -- episodes decided as waited or refused
UPDATE total SET effective = (
    SELECT count(*) FROM episode AS f JOIN generation AS g ON g.id = f.generation
        WHERE f.product = total.product AND g.stream = total.stream AND f.outcome IN ('waited', 'refused')
);

CREATE TABLE duration (              -- sessions and waits that ended by a line, counted by how long they lasted
    stream INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    kind TEXT NOT NULL,              -- `session`, or the outcome of waits
    bound INTEGER NOT NULL,          -- seconds up to which the bucket goes; 0: no bound
    n INTEGER NOT NULL,
    seconds INTEGER NOT NULL,        -- of all of them together
    PRIMARY KEY (stream, vendor, kind, bound)
) STRICT, WITHOUT ROWID;

-- What of the configuration shapes windows: copied here, so that a change is known, and what it touches is made again.

CREATE TABLE rule (                  -- `zone`, `denials`, `redundant`; `rebuild` while all windows are made again
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
    PRIMARY KEY (product, start, origin)
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

CREATE TABLE product_capacity (      -- of a configured product that has seats of its own; else its members' are its own
    subject INTEGER NOT NULL,
    start INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (subject, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE window (                -- closed windows; those that are alike and follow one another are one row
    tier INTEGER NOT NULL,           -- seconds that its windows usually last
    subject INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    n INTEGER NOT NULL,              -- so many windows, equally long, from `start` to `end`; all else is of each
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

CREATE TABLE pruned (                -- facts of a feature that were over before `until` may be gone; it never falls
    product INTEGER PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;
