-- What follows the oldest position is still kept; the newest is null where there is no event
SELECT
  (SELECT position FROM outbox_floor) AS oldest,
  (SELECT position FROM outbox ORDER BY position DESC LIMIT 1) AS newest
