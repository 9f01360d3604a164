-- Says what is to be done next, and takes it. $1 the part's name, $2 the steps as JSON, $3 who takes them, $4 for how long, in milliseconds
-- The bounds of the ordinals are for the planner, as in end-steps.
UPDATE part
SET step = s.step, attempts = 0, last_error = NULL, update_time = clock_timestamp(), step_time = clock_timestamp(),
    owner = CASE WHEN s.step IS NOT NULL THEN $3::text END,
    due_time = CASE WHEN s.step IS NOT NULL THEN clock_timestamp() + $4::bigint * interval '1 millisecond' END
FROM jsonb_to_recordset($2::jsonb) AS s (ordinal integer, subject text, step text)
WHERE s.ordinal BETWEEN 0 AND 100000 AND part.name = $1 AND part.subject = s.subject
