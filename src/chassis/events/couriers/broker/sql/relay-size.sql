-- How many events at most the broker has not confirmed, and how old the oldest of them is. $1 courier
WITH reached AS (
  SELECT coalesce((SELECT position FROM relay WHERE courier = $1), 0) AS position
)
SELECT
  (newest.position - reached.position)::bigint AS events,
  extract(epoch FROM clock_timestamp() - oldest.event_time)::float8 AS oldest_seconds
FROM reached,
  LATERAL (SELECT event_time FROM outbox WHERE position > reached.position ORDER BY position LIMIT 1) AS oldest,
  (SELECT position FROM outbox ORDER BY position DESC LIMIT 1) AS newest
