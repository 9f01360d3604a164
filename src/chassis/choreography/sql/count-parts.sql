-- Steps that are under way, and those that wait for an operator. $1 the part's name
SELECT
  count(*) FILTER (WHERE due_time IS NOT NULL)::integer AS under_way,
  extract(epoch FROM clock_timestamp() - min(step_time) FILTER (WHERE due_time IS NOT NULL))::float8 AS oldest_under_way,
  count(*) FILTER (WHERE due_time IS NULL)::integer AS parked,
  extract(epoch FROM clock_timestamp() - min(update_time) FILTER (WHERE due_time IS NULL))::float8 AS oldest_parked
FROM part
WHERE name = $1 AND step IS NOT NULL
