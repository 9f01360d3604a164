-- $1 generation, $2 ids
SELECT id, body
FROM counted_order
WHERE generation = $1::integer AND id = ANY ($2::uuid[])
