-- An operator has a step that waits for him tried again. $1 the part's name, $2 the subject
UPDATE part
SET due_time = clock_timestamp(), attempts = 0, update_time = clock_timestamp()
WHERE name = $1 AND subject = $2 AND step IS NOT NULL AND due_time IS NULL
