-- Sums of transfers that are old are kept by the hour, and by the day: `span` says of what they are.

CREATE TABLE transfer_of (
    product INTEGER NOT NULL,
    kind TEXT NOT NULL,              -- of file; '' for errors, which don't tell
    minute INTEGER NOT NULL,         -- UTC second at which the first minute of the span begins
    generation INTEGER NOT NULL,
    span INTEGER NOT NULL,           -- 60, or 3600 or 86400 for an hour or a day of the site's zone
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
    PRIMARY KEY (product, kind, minute, generation, span)
) STRICT, WITHOUT ROWID;
INSERT INTO transfer_of SELECT product, kind, minute, generation, 60, files, bytes, errors, late_files, negative,
    latencies, latency_min, latency_max, latency_sum, rev FROM transfer;
DROP TABLE transfer;
ALTER TABLE transfer_of RENAME TO transfer;
CREATE INDEX transfer_by_minute ON transfer (minute);

CREATE TABLE transfer_sketch_of (    -- how many latencies are in each bucket: sums of buckets are the sketch of both
    product INTEGER NOT NULL,
    kind TEXT NOT NULL,
    minute INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    span INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (product, kind, minute, generation, span, bucket)
) STRICT, WITHOUT ROWID;
INSERT INTO transfer_sketch_of SELECT product, kind, minute, generation, 60, bucket, n FROM transfer_sketch;
DROP TABLE transfer_sketch;
ALTER TABLE transfer_sketch_of RENAME TO transfer_sketch;
