-- Takes drafts whose time has come; nobody else takes them for $2 milliseconds, longer with each time that it came to nothing. $1 how many
WITH due AS MATERIALIZED (
  SELECT id FROM draft
  WHERE due_time <= clock_timestamp()
  ORDER BY due_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED
)
UPDATE draft
SET attempts = attempts + 1,
  due_time = clock_timestamp() + $2 * power(2, least(attempts, 6)) * interval '1 millisecond'
FROM due
WHERE draft.id = due.id
RETURNING draft.*
