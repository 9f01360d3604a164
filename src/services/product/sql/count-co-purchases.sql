-- $1 as JSON: pairs of products, and how many orders more (below zero: fewer) have both. Pairs are sorted, so that two batches cannot deadlock.
INSERT INTO co_purchase (product_id, other_product_id, orders)
SELECT product_id, other_product_id, orders
FROM jsonb_to_recordset($1::jsonb) AS pair (product_id uuid, other_product_id uuid, orders bigint)
ORDER BY product_id, other_product_id
ON CONFLICT (product_id, other_product_id) DO UPDATE SET orders = co_purchase.orders + excluded.orders
