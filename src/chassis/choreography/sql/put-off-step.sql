-- An attempt failed; of a step that an operator has stopped meanwhile nothing is due. $1 the part's name, $2 the subject, $3 the step it was at, $4 the error, $5 the wait in milliseconds; null: until an operator says so
UPDATE part
SET attempts = attempts + 1, last_error = $4::jsonb, update_time = clock_timestamp(),
    due_time = clock_timestamp() + $5::bigint * interval '1 millisecond'
WHERE name = $1 AND subject = $2 AND step = $3 AND due_time IS NOT NULL
RETURNING attempts
