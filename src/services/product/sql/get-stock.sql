SELECT s.product_id, s.available, s.reserved, s.sold, s.received, s.update_time
FROM stock AS s
JOIN product AS p ON p.id = s.product_id
WHERE s.product_id = $1 AND p.delete_time IS NULL
