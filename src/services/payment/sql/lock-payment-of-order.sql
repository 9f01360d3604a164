-- The one that can still take or has taken money, or else the newest.
SELECT * FROM payment
WHERE order_id = $1
ORDER BY state NOT IN ('DECLINED', 'VOIDED', 'EXPIRED') DESC, id DESC
LIMIT 1
FOR UPDATE
