-- Also finds a deleted product, so that deleting it again can be told from deleting what never was.
SELECT
  p.id, p.sku, p.name, p.sort_name, p.description, p.category, p.currency, p.price_units, p.price_nanos, p.state, p.image_uri,
  p.attributes, p.version, p.create_time, p.update_time, s.available, s.low_stock_threshold, p.delete_time IS NOT NULL AS deleted
FROM product AS p
JOIN stock AS s ON s.product_id = p.id
WHERE p.id = $1
FOR NO KEY UPDATE OF p
