-- $1 and $2 the first and the last day
SELECT key AS reason, sum(orders)::bigint AS orders
FROM order_statistic
WHERE generation = (SELECT generation FROM read_model WHERE name = 'order-statistics' AND state = 'SERVING')
  AND kind = 'REASON' AND day BETWEEN $1::date AND $2::date
GROUP BY key
HAVING sum(orders) > 0
ORDER BY 2 DESC, 1
