-- An attempt failed, of whoever has the step still: of one that an operator has stopped meanwhile nothing is due.
-- $1 the part's name, $2 the subject, $3 the step it was at, $4 who was at it, $5 the error, $6 the wait in milliseconds; null: until an operator says so
UPDATE part
SET attempts = attempts + 1, last_error = $5::jsonb, update_time = clock_timestamp(), owner = NULL,
    due_time = clock_timestamp() + $6::bigint * interval '1 millisecond'
WHERE name = $1 AND subject = $2 AND step = $3 AND owner = $4::text
