SELECT category AS name, count(*)::integer AS product_count
FROM product
WHERE delete_time IS NULL AND state = 'ACTIVE' AND category > $1
GROUP BY category
ORDER BY category
LIMIT $2
