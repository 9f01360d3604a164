-- Whoever is at steps keeps them. A row that somebody writes at this moment is left for the next time instead of being waited for.
-- $1 the part's name, $2 who is at them, $3 the subjects, $4 for how long, in milliseconds
WITH kept AS MATERIALIZED (
  SELECT subject
  FROM part
  WHERE name = $1 AND subject = ANY ($3::text[]) AND owner = $2::text AND due_time IS NOT NULL
  FOR UPDATE SKIP LOCKED
)
UPDATE part
SET due_time = clock_timestamp() + $4::bigint * interval '1 millisecond'
FROM kept
WHERE part.name = $1 AND part.subject = ANY ($3::text[]) AND part.subject = kept.subject
