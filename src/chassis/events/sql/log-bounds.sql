-- What follows the oldest position is still kept. The last is the highest that was given out, to whoever may not have committed yet: what is
-- written from now on is above it, and a sequence is not rolled back, so nobody who has read this log stands beyond it.
SELECT
  (SELECT position FROM outbox_floor) AS oldest,
  (SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM outbox_position_seq) AS last
