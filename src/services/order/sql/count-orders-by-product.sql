-- $1 and $2 the first and the last day, $3 limit
WITH product AS (
  SELECT key, currency_code, sum(orders) AS orders, sum(pieces) AS pieces, sum(nanos) AS nanos
  FROM order_statistic
  WHERE generation = (SELECT generation FROM read_model WHERE name = 'order-statistics' AND state = 'SERVING')
    AND kind = 'PRODUCT' AND day BETWEEN $1::date AND $2::date
  GROUP BY key, currency_code
)
SELECT
  key AS product_id, sum(orders)::bigint AS orders, sum(pieces)::bigint AS pieces,
  json_agg(json_build_object('currencyCode', currency_code, 'nanos', nanos::text) ORDER BY currency_code) AS revenues
FROM product
GROUP BY key
HAVING sum(pieces) > 0
ORDER BY 3 DESC, 1
LIMIT $3::integer
