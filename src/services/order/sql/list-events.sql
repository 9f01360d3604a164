-- $1 order, $2 after this position, $3 limit
SELECT *
FROM order_event
WHERE order_id = $1::uuid AND position > $2::bigint
ORDER BY position
LIMIT $3::integer
