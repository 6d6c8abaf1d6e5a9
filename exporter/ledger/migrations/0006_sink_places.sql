-- Where the points of a sink go, and when it surely has none.

ALTER TABLE sink ADD COLUMN place TEXT NOT NULL DEFAULT '';  -- and under which names; '': not known

-- JSON of stretches of time between `begin` and `reach` in which no window was ever shipped.
ALTER TABLE shipped ADD COLUMN holes TEXT NOT NULL DEFAULT '[]';
