-- Where a publisher's log was seen to end before the position, because its database was restored from a backup. What it writes up to the position
-- would be taken for what was handled before, also once the log is longer again: so nobody reads on until an operator has moved the position.
ALTER TABLE inbox_partition ADD COLUMN log_end bigint;
