UPDATE stock
SET low_stock_threshold = $2
WHERE product_id = $1
