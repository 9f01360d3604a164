-- Takes steps that nobody is at. $1 the part's name, $2 for how long, in milliseconds, $3 at most so many
UPDATE part
SET due_time = clock_timestamp() + $2::bigint * interval '1 millisecond'
WHERE name = $1 AND subject IN (
  SELECT due.subject
  FROM part AS due
  WHERE due.name = $1 AND due.due_time <= clock_timestamp()
  ORDER BY due.due_time
  LIMIT $3
  FOR UPDATE SKIP LOCKED
)
RETURNING subject, heard, brief, said, step, attempts, last_event, trace_parent
