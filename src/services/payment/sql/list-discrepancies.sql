-- Newest first. $1 resolved ones too, $2 below this position, $3 limit
SELECT * FROM payment_discrepancy
WHERE ($1 OR resolve_time IS NULL) AND ($2::bigint IS NULL OR position < $2)
ORDER BY position DESC
LIMIT $3
