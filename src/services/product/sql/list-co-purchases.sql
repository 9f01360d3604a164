-- $1 product; $2, $3 orders and id of the last row of the page before; $4 how many
SELECT entry.*, pair.orders
FROM co_purchase AS pair
JOIN catalogue_entry AS entry ON entry.id = pair.other_product_id
WHERE pair.product_id = $1
  AND pair.orders > 0
  AND (pair.orders, pair.other_product_id) < ($2::bigint, $3::uuid)
  AND entry.state = 'ACTIVE'
ORDER BY pair.orders DESC, pair.other_product_id DESC
LIMIT $4
