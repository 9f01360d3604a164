-- $1 generation, $2 what is added, as JSON
INSERT INTO order_statistic (generation, kind, day, key, currency_code, orders, pieces, nanos)
SELECT $1::integer, kind, day, key, currency_code, orders, pieces, nanos
FROM json_to_recordset($2::json) AS t (
  kind text, day date, key text, currency_code text, orders bigint, pieces bigint, nanos numeric
)
ON CONFLICT (generation, kind, day, key, currency_code) DO UPDATE
SET orders = order_statistic.orders + excluded.orders,
    pieces = order_statistic.pieces + excluded.pieces,
    nanos = order_statistic.nanos + excluded.nanos
