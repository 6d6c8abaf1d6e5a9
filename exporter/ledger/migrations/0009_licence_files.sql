-- Capacity by licence files: rows of the configuration hold over theirs.

ALTER TABLE capacity RENAME TO capacity_row;  -- `origin` of licence files: FILE:LINE of what grants the seats

CREATE VIEW capacity AS
SELECT product, start, seats, origin, rev FROM capacity_row AS f
WHERE origin = 'config' OR NOT EXISTS (
    SELECT 1 FROM capacity_row AS own WHERE own.product = f.product AND own.origin = 'config'
);

CREATE TABLE licence_file (          -- the licence files that the rows are from, as they were when they were taken over
    server TEXT NOT NULL,
    path TEXT NOT NULL,
    hash TEXT NOT NULL,
    seen INTEGER NOT NULL,           -- UTC second
    PRIMARY KEY (server, path)
) STRICT, WITHOUT ROWID;
