-- $1 consumer, $2 source
SELECT
  (
    SELECT coalesce(array_agg(member ORDER BY member), '{}')
    FROM inbox_member
    WHERE consumer = $1 AND source = $2 AND expire_time > clock_timestamp()
  ) AS members,
  (SELECT count(*) FROM parked_event WHERE consumer = $1 AND source = $2) AS parked_count,
  (SELECT count(*) FROM dead_letter WHERE consumer = $1 AND source = $2) AS dead_letter_count,
  pause.pause_time, pause.actor AS pause_actor, pause.reason AS pause_reason
FROM (SELECT) AS one
LEFT JOIN consumer_pause AS pause ON pause.consumer = $1
