-- Those before $1, at most $2 of them
DELETE FROM purchase
WHERE order_id IN (SELECT order_id FROM purchase WHERE confirm_time <= $1 ORDER BY confirm_time LIMIT $2 FOR UPDATE SKIP LOCKED)
