-- The first parked event of each aggregate of some partitions, where its time has come. $1 consumer, $2 source, $3 partitions, $4 limit
SELECT position
FROM (
  SELECT DISTINCT ON (aggregate_type, aggregate_id) position, due_time
  FROM parked_event
  WHERE consumer = $1 AND source = $2 AND partition = ANY ($3::smallint[])
  ORDER BY aggregate_type, aggregate_id, position
) AS first
WHERE due_time <= clock_timestamp()
ORDER BY due_time
LIMIT $4::integer
