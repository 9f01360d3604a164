-- Steps are over, and what they led to is told. $1 the part's name, $2 the parts as JSON, $3 how long whoever writes this has for the next step, in milliseconds
UPDATE part
SET brief = e.brief, said = e.said, last_event = e.last_event, step = e.step, attempts = 0, last_error = NULL,
    update_time = clock_timestamp(),
    due_time = CASE WHEN e.step IS NULL THEN NULL ELSE clock_timestamp() + $3::bigint * interval '1 millisecond' END
FROM jsonb_to_recordset($2::jsonb) AS e (subject text, brief jsonb, said jsonb, last_event bigint, step text)
WHERE part.name = $1 AND part.subject = e.subject
