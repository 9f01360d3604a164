-- $1 id
SELECT *
FROM placed_order
WHERE id = $1::uuid
