-- What is known of losses: how far back a file can be recognised, bytes that came back, sessions that a gap left in doubt.

ALTER TABLE generation ADD COLUMN trail TEXT NOT NULL DEFAULT '';  -- hashes of what was read before the marker

ALTER TABLE gap ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;   -- the bytes came back and were read

ALTER TABLE session ADD COLUMN suspect INTEGER;                    -- start of the gap that may hide the end; NULL: sure

ALTER TABLE stream ADD COLUMN warning TEXT;                        -- what is wrong though it can be read; NULL: nothing
