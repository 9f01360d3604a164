-- An operator stops a step until he has it tried again. $1 the part's name, $2 the subject, $3 why, as an error
UPDATE part
SET due_time = NULL, owner = NULL, last_error = $3::jsonb, update_time = clock_timestamp()
WHERE name = $1 AND subject = $2 AND step IS NOT NULL AND due_time IS NOT NULL
