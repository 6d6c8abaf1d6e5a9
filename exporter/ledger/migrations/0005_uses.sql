-- What was used at an instant, such as modules that were loaded: points, which nothing ends.

CREATE TABLE path (                  -- of what was used: a module's file
    id INTEGER PRIMARY KEY,
    raw BLOB NOT NULL UNIQUE,
    path TEXT NOT NULL
) STRICT;

CREATE TABLE use (                   -- one row a line, for as long as `facts.uses` says
    generation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    product INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    path INTEGER NOT NULL,
    time INTEGER NOT NULL,
    uses INTEGER NOT NULL,           -- so many, where one line stands for several
    rev INTEGER NOT NULL,
    PRIMARY KEY (generation, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX use_by_time ON use (product, time);

CREATE TABLE use_minute (            -- older ones, summed up: whose they were is kept, for users are counted once
    product INTEGER NOT NULL,
    minute INTEGER NOT NULL,         -- UTC second at which it begins
    generation INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    path INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (product, minute, generation, holder, path)
) STRICT, WITHOUT ROWID;

CREATE VIEW used AS                  -- all of them; those that are summed up have no line
SELECT generation, at, product, holder, path, time, uses FROM use
UNION ALL SELECT generation, NULL, product, holder, path, minute, uses FROM use_minute;

CREATE TABLE use_total (             -- accumulators, never corrected
    stream INTEGER NOT NULL,
    product INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    first INTEGER NOT NULL,          -- UTC second of the first of them
    PRIMARY KEY (stream, product)
) STRICT, WITHOUT ROWID;

-- One (server, vendor, feature) may have windows of seats, and windows of loads.
CREATE TABLE measured (
    id INTEGER PRIMARY KEY,
    product INTEGER,
    name TEXT UNIQUE,
    measure TEXT NOT NULL DEFAULT 'seats',
    UNIQUE (product, measure),
    CHECK ((product IS NULL) <> (name IS NULL))
) STRICT;
INSERT INTO measured (id, product, name) SELECT id, product, name FROM subject;
DROP TABLE subject;
ALTER TABLE measured RENAME TO subject;
