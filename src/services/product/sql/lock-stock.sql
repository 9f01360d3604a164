-- Always in this order: two baskets with the same products wait for each other instead of deadlocking.
SELECT
  s.product_id, s.available, s.reserved, s.sold, s.received, s.low_stock_threshold, s.update_time, p.sku, p.name, p.state,
  p.delete_time IS NOT NULL AS deleted
FROM stock AS s
JOIN product AS p ON p.id = s.product_id
WHERE s.product_id = ANY ($1::uuid[])
ORDER BY s.product_id
FOR NO KEY UPDATE OF s
