-- Whoever stops lets others take at once what he has not done. $1 the part's name, $2 who stops
UPDATE part
SET owner = NULL, due_time = clock_timestamp()
WHERE name = $1 AND owner = $2::text AND due_time > clock_timestamp()
