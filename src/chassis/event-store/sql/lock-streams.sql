-- In the order of their ids; what a statement after this one reads of them, stays so. $1 ids, $2 type
SELECT id
FROM event_stream
WHERE id = ANY ($1::uuid[]) AND type = $2::text
ORDER BY id
FOR UPDATE
