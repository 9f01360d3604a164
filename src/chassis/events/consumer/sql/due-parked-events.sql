-- The first parked event of each aggregate of some partitions, and whether its time has come; those whose time came first at the beginning.
-- $1 consumer, $2 source, $3 partitions, $4 limit
SELECT position, due_time <= clock_timestamp() AS is_due
FROM (
  SELECT DISTINCT ON (aggregate_type, aggregate_id) position, due_time
  FROM parked_event
  WHERE consumer = $1 AND source = $2 AND partition = ANY ($3::smallint[])
  ORDER BY aggregate_type, aggregate_id, position
) AS first
ORDER BY due_time
LIMIT $4::integer
