DELETE FROM stock_notice WHERE product_id = $1
