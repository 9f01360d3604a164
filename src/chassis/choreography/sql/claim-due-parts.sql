-- Takes steps that nobody is at; an array, not IN, which has the planner read the whole table. $1 the part's name, $2 who takes them, $3 for how long, in milliseconds, $4 at most so many
UPDATE part
SET owner = $2::text, due_time = clock_timestamp() + $3::bigint * interval '1 millisecond'
WHERE name = $1 AND subject = ANY (ARRAY(
  SELECT due.subject
  FROM part AS due
  WHERE due.name = $1 AND due.due_time <= clock_timestamp()
  ORDER BY due.due_time
  LIMIT $4
  FOR UPDATE SKIP LOCKED
))
RETURNING subject, heard, brief, said, step, attempts, last_event, trace_parent
