-- Lets go of everything that a member holds, and forgets it and those that have long gone. $1 consumer, $2 source, $3 member
WITH released AS (
  UPDATE inbox_partition
  SET owner = NULL, token = token + 1, expire_time = NULL
  WHERE consumer = $1 AND source = $2 AND owner = $3
)
DELETE FROM inbox_member
WHERE consumer = $1 AND source = $2 AND (member = $3 OR expire_time < clock_timestamp() - interval '1 hour')
