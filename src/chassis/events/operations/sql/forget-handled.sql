-- What was handled of some partitions after a position takes effect once more when it comes; the time only says in which days to look. What was noted
-- without its place is forgotten too. $1 consumer, $2 not before this time, $3 partitions, $4 after this position
DELETE FROM inbox
WHERE consumer = $1 AND event_time >= $2
  AND (partition IS NULL OR (partition = ANY ($3::smallint[]) AND position > $4))
