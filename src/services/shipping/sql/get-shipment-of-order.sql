-- The one that was neither refused nor cancelled, or else the newest.
SELECT * FROM shipment
WHERE order_id = $1
ORDER BY state NOT IN ('REFUSED', 'CANCELLED') DESC, id DESC
LIMIT 1
