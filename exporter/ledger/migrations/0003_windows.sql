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
