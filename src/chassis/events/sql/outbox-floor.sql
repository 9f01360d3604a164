-- What follows this position is still kept
SELECT position
FROM outbox_floor
