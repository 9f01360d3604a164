-- Where an event that was handled is in its publisher's log, so that it can be forgotten by its place. Null: noted by a version that did not say.
ALTER TABLE inbox ADD COLUMN partition smallint, ADD COLUMN position bigint;
