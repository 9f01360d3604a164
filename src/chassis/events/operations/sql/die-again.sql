-- $1 id, $2 attempts so far, $3 the failure
UPDATE dead_letter
SET attempts = $2, cause = $3::jsonb, death_time = clock_timestamp()
WHERE id = $1 AND attempts < $2
