-- Files that were received or sent, summed up by the minute: a product is a (machine, direction, client or source).

CREATE TABLE transfer (
    product INTEGER NOT NULL,
    kind TEXT NOT NULL,              -- of file; '' for errors, which don't tell
    minute INTEGER NOT NULL,         -- UTC second at which it begins
    generation INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    late_files INTEGER NOT NULL,
    negative INTEGER NOT NULL,       -- latencies that were less than 0, and count as 0
    latencies INTEGER NOT NULL,      -- so many files tell one
    latency_min INTEGER,
    latency_max INTEGER,
    latency_sum INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (product, kind, minute, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX transfer_by_minute ON transfer (minute);

CREATE TABLE transfer_sketch (       -- how many latencies are in each bucket: sums of buckets are the sketch of both
    product INTEGER NOT NULL,
    kind TEXT NOT NULL,
    minute INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (product, kind, minute, generation, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfer_total (        -- accumulators, never corrected
    stream INTEGER NOT NULL,
    product INTEGER NOT NULL,
    kind TEXT NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    late_files INTEGER NOT NULL,
    first INTEGER NOT NULL,          -- UTC second at which the first minute of them begins
    PRIMARY KEY (stream, product, kind)
) STRICT, WITHOUT ROWID;

-- Of transfers each kind of file has windows of its own.
CREATE TABLE measured (
    id INTEGER PRIMARY KEY,
    product INTEGER,
    name TEXT UNIQUE,
    measure TEXT NOT NULL DEFAULT 'seats',
    kind TEXT NOT NULL DEFAULT '',
    UNIQUE (product, measure, kind),
    CHECK ((product IS NULL) <> (name IS NULL))
) STRICT;
INSERT INTO measured (id, product, name, measure) SELECT id, product, name, measure FROM subject;
DROP TABLE subject;
ALTER TABLE measured RENAME TO subject;
