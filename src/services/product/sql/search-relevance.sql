-- The words as they were written count beside those that only begin like them ($9).
SELECT *
FROM (
  SELECT
    id, sku, name, sort_name, description, category, currency, price_units, price_nanos, state, image_uri, attributes, version,
    create_time, update_time, available, low_stock_threshold,
    ts_rank(search_words, $1::tsquery) + ts_rank(search_words, $9::tsquery) AS rank
  FROM matching_products($1::tsquery, $2::text[], $3, $4, $5, $6, $7, $8)
) AS ranked
WHERE (rank, create_time, id) < ($10::real, $11::timestamptz, $12::uuid)
ORDER BY rank DESC, create_time DESC, id DESC
LIMIT $13
