-- $1 the part's name, $2 the subjects
SELECT subject, heard, brief, said, step, attempts, last_event, trace_parent
FROM part
WHERE name = $1 AND subject = ANY ($2::text[])
ORDER BY subject
FOR UPDATE
