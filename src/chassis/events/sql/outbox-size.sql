-- How many events there are at most, and how old the oldest is; reads both ends of the primary key
SELECT
  (newest.position - oldest.position + 1)::bigint AS events,
  extract(epoch FROM clock_timestamp() - oldest.event_time)::float8 AS oldest_seconds
FROM (SELECT position, event_time FROM outbox ORDER BY position LIMIT 1) AS oldest,
  (SELECT position FROM outbox ORDER BY position DESC LIMIT 1) AS newest
