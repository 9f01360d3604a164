-- $1 the part's name, $2 at most so many
SELECT subject, step, attempts, last_error, update_time
FROM part
WHERE name = $1 AND step IS NOT NULL AND due_time IS NULL
ORDER BY update_time
LIMIT $2
