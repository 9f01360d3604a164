-- Each product's stock as it was at position $1, a page by product id.
SELECT
  p.id AS product_id, change.available, change.reserved, change.sold, change.received, change.change_time AS update_time
FROM product AS p
CROSS JOIN LATERAL (
  SELECT *
  FROM stock_change AS c
  WHERE c.product_id = p.id AND c.position <= $1
  ORDER BY c.position DESC
  LIMIT 1
) AS change
WHERE p.delete_time IS NULL
  AND p.id > $2
  AND ($3::uuid[] IS NULL OR p.id = ANY ($3))
ORDER BY p.id
LIMIT $4
