-- $1 and $2 the first and the last day
SELECT day, key AS state, currency_code, orders, nanos
FROM order_statistic
WHERE generation = (SELECT generation FROM read_model WHERE name = 'order-statistics' AND state = 'SERVING')
  AND kind = 'STATE' AND day BETWEEN $1::date AND $2::date AND orders > 0
ORDER BY day, key, currency_code
