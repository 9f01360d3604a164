-- In one order for all who do it, or two imports deadlock.
SELECT
  p.id, p.sku, p.name, p.sort_name, p.description, p.category, p.currency, p.price_units, p.price_nanos, p.state, p.image_uri,
  p.attributes, p.version, p.create_time, p.update_time, s.available, s.low_stock_threshold
FROM product AS p
JOIN stock AS s ON s.product_id = p.id
WHERE p.sku = ANY ($1::text[]) AND p.delete_time IS NULL
ORDER BY p.sku
FOR NO KEY UPDATE OF p
