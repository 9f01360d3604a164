-- $1 consumer, $2 type, $3 aggregate type, $4 aggregate id, $5 reason, $6 since, $7 until (null: any), $8, $9 after this time and id (null: from
-- the first), $10 limit
SELECT
  id, consumer, source, position, partition, event_id, type, aggregate_type, aggregate_id, sequence, trace_parent, event_time, attempts,
  cause - 'stack' AS cause, death_time
FROM dead_letter
WHERE ($1::text IS NULL OR consumer = $1)
  AND ($2::text IS NULL OR type = $2)
  AND ($3::text IS NULL OR aggregate_type = $3)
  AND ($4::text IS NULL OR aggregate_id = $4)
  AND ($5::text IS NULL OR cause ->> 'reason' = $5)
  AND ($6::timestamptz IS NULL OR death_time >= $6)
  AND ($7::timestamptz IS NULL OR death_time < $7)
  AND ($8::timestamptz IS NULL OR (death_time, id) > ($8, $9::uuid))
ORDER BY death_time, id
LIMIT $10::integer
