-- Steps are over, and what they led to is told. $1 the part's name, $2 the parts as JSON, $3 who takes the next steps, $4 for how long, in milliseconds
-- The bounds of the ordinals are for the planner, which takes every list for a hundred rows and then reads the whole table: it believes that few
-- rows are between two bounds, and looks each up by its key.
UPDATE part
SET brief = e.brief, said = e.said, last_event = e.last_event, step = e.step, attempts = 0, last_error = NULL,
    update_time = clock_timestamp(), step_time = clock_timestamp(),
    owner = CASE WHEN e.step IS NOT NULL THEN $3::text END,
    due_time = CASE WHEN e.step IS NOT NULL THEN clock_timestamp() + $4::bigint * interval '1 millisecond' END
FROM jsonb_to_recordset($2::jsonb) AS e (ordinal integer, subject text, brief jsonb, said jsonb, last_event bigint, step text)
WHERE e.ordinal BETWEEN 0 AND 100000 AND part.name = $1 AND part.subject = e.subject
