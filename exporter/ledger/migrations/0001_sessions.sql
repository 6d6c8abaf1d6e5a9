-- Facts carry `rev`, the revision (commit number) that last wrote them. Times are UTC seconds.
-- The natural key of a fact is (generation's first_hash, first_time, rollbacks; at; n).

CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    uuid TEXT NOT NULL,
    epoch INTEGER NOT NULL,          -- raised by whatever takes facts back as a whole
    revision INTEGER NOT NULL,       -- the last commit
    committed REAL NOT NULL          -- wall clock of the last commit
) STRICT;

CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    server TEXT NOT NULL,
    name BLOB NOT NULL,              -- path without rotation mark, as bytes
    generation INTEGER,              -- where reading stands
    offset INTEGER,
    state TEXT NOT NULL DEFAULT '{}',
    frontier INTEGER,
    last_line INTEGER,
    committed REAL,
    problem TEXT,                    -- why it can't be read, a sentence; NULL when all is well
    UNIQUE (source, name)
) STRICT;

CREATE TABLE generation (
    id INTEGER PRIMARY KEY,          -- in reading order within a stream
    stream INTEGER NOT NULL REFERENCES stream,
    path BLOB NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    head TEXT NOT NULL,
    head_length INTEGER NOT NULL,
    marker TEXT NOT NULL,
    marker_length INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    size INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    first_hash TEXT NOT NULL,
    first_time INTEGER,
    rollbacks INTEGER NOT NULL
) STRICT;
CREATE INDEX generation_of_stream ON generation (stream);

CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    vendor TEXT NOT NULL,
    feature TEXT NOT NULL,
    UNIQUE (server, vendor, feature)
) STRICT;

CREATE TABLE holder (
    id INTEGER PRIMARY KEY,
    raw BLOB NOT NULL UNIQUE,        -- bytes of user@host, then LF and the display where there is one
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    display TEXT NOT NULL
) STRICT;

CREATE TABLE session (
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    n INTEGER NOT NULL,
    product INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    first_seats INTEGER NOT NULL,
    seats INTEGER NOT NULL,          -- the last value
    start INTEGER NOT NULL,
    end INTEGER,
    reason TEXT,
    inferred INTEGER NOT NULL,
    end_generation INTEGER,          -- the line that ended it
    end_at INTEGER,
    handle TEXT NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_open ON session (generation) WHERE end IS NULL;

CREATE TABLE change (                -- a session's seats from `time` on; its first span is in `session`
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    n INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    time INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    line_generation INTEGER NOT NULL,
    line_at INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at, n, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE denial (
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    product INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    time INTEGER NOT NULL,
    code INTEGER,
    class TEXT NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE wait (
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    product INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER,
    outcome TEXT,
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX wait_open ON wait (generation) WHERE end IS NULL;

CREATE TABLE episode (               -- a run of capacity denials of one (feature, user, host)
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    product INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    outcome TEXT,
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX episode_open ON episode (generation) WHERE outcome IS NULL;

CREATE TABLE lifecycle (
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    n INTEGER NOT NULL,
    time INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    what TEXT NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE package (
    product INTEGER NOT NULL,
    component INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (product, component)
) STRICT, WITHOUT ROWID;

CREATE TABLE gap (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    start INTEGER NOT NULL,          -- byte offsets; end NULL: unknown
    end INTEGER,
    reason TEXT NOT NULL,
    before INTEGER,                  -- UTC second of the last line before it
    time REAL NOT NULL,              -- wall clock when it was found
    rev INTEGER NOT NULL,
    UNIQUE (generation, start)
) STRICT;

CREATE TABLE total (                 -- accumulators, never corrected
    stream INTEGER NOT NULL,
    product INTEGER NOT NULL,
    checkouts INTEGER NOT NULL,
    checkins INTEGER NOT NULL,
    PRIMARY KEY (stream, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE denial_total (
    stream INTEGER NOT NULL,
    product INTEGER NOT NULL,
    class TEXT NOT NULL,
    denials INTEGER NOT NULL,
    PRIMARY KEY (stream, product, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (                 -- lines by outcome, refused times, matched, inferred, reset, unmatched, ...
    stream INTEGER NOT NULL,
    kind TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (stream, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample (                -- lines that look like events and can't be read
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;

-- Spans: from, to (NULL: open), seats; the first of a session and one per change. Ordinals of changes begin at 1.
-- Each end is looked up by key, so the view streams however many sessions there are.
CREATE VIEW span AS
SELECT s.generation, s.at, s.n, 0 AS ordinal, s.start AS "from",
       coalesce((SELECT c.time FROM change AS c
                 WHERE c.generation = s.generation AND c.at = s.at AND c.n = s.n AND c.ordinal = 1), s.end) AS "to",
       s.first_seats AS seats
FROM session AS s
UNION ALL
SELECT c.generation, c.at, c.n, c.ordinal, c.time,
       coalesce((SELECT d.time FROM change AS d
                 WHERE d.generation = c.generation AND d.at = c.at AND d.n = c.n AND d.ordinal = c.ordinal + 1), s.end),
       c.seats
FROM change AS c JOIN session AS s ON s.generation = c.generation AND s.at = c.at AND s.n = c.n;
