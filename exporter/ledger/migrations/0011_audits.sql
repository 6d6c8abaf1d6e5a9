-- What the last audit of each vendor daemon found: the only table that is not the writer's (see `exporter/ledger/audits.py`).

CREATE TABLE audit (
    server TEXT NOT NULL,
    vendor TEXT NOT NULL,
    feature TEXT NOT NULL,
    time INTEGER NOT NULL,           -- UTC second that was compared
    theirs INTEGER NOT NULL,         -- seats in use by the server's own count
    ours INTEGER NOT NULL,
    PRIMARY KEY (server, vendor, feature)
) STRICT, WITHOUT ROWID;
