SELECT
  id, sku, name, sort_name, description, category, currency, price_units, price_nanos, state, image_uri, attributes, version,
  create_time, update_time, available, low_stock_threshold
FROM matching_products($1::tsquery, $2::text[], $3, $4, $5, $6, $7, $8)
WHERE (sort_name, id) < ($9::text, $10::uuid)
ORDER BY sort_name DESC, id DESC
LIMIT $11
