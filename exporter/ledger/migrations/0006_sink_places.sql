-- Where the points of a sink go, and under which names: when that changes, all are shipped again.

ALTER TABLE sink ADD COLUMN place TEXT NOT NULL DEFAULT '';  -- '': not known
