-- Makes today's partition of outbox and inbox, those of some days ahead, and those of which the default partitions have caught rows. $1 days ahead,
-- $2, $3 how many days outbox and inbox keep: what is older than that is left to be dropped. Gives how many were made.
WITH today AS (
  SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day
), wanted AS (
  SELECT log, today.day + ahead AS day
  FROM today, unnest(ARRAY['outbox', 'inbox']) AS log, generate_series(0, $1::integer) AS ahead
  UNION
  SELECT 'outbox', (event_time AT TIME ZONE 'UTC')::date
  FROM outbox_default
  UNION
  SELECT 'inbox', (event_time AT TIME ZONE 'UTC')::date
  FROM inbox_default
)
SELECT count(*) FILTER (WHERE open_event_day(wanted.log, wanted.day))::integer AS made
FROM wanted, today
WHERE wanted.day >= today.day - CASE wanted.log WHEN 'outbox' THEN $2::integer ELSE $3::integer END
