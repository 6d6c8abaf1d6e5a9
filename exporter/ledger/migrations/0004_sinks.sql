-- What has gone to the servers that windows are shipped to.

CREATE TABLE sink (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,       -- as the configuration calls it
    epoch INTEGER NOT NULL,          -- of the ledger, when it was last shipped from
    told INTEGER NOT NULL DEFAULT 0, -- the revision up to which it knows of restarts, rereads and gaps
    problem TEXT                     -- why nothing can be shipped, a sentence; NULL when all is well
) STRICT;

CREATE TABLE shipped (               -- which windows of a subject are there
    sink INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    begin INTEGER NOT NULL,          -- none that begins before it was ever sent
    until INTEGER NOT NULL,          -- those that begin before it are there as they are here
    reach INTEGER NOT NULL,          -- those that begin before it may be there, as they are here or as they were
    changed INTEGER,                 -- the first instant that changed while some were under way; NULL: none did
    PRIMARY KEY (sink, tier, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE skipped (               -- windows that were not shipped: too old for the sink, or refused by it
    sink INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    reason TEXT NOT NULL,            -- `retention`, `refused`
    n INTEGER NOT NULL,
    PRIMARY KEY (sink, tier, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused (               -- the newest of those that a sink refused
    id INTEGER PRIMARY KEY,
    sink INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    line BLOB NOT NULL,
    words TEXT NOT NULL,             -- the sink's
    time REAL NOT NULL               -- wall clock
) STRICT;
