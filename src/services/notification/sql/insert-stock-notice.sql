INSERT INTO stock_notice (user_id, product_id) VALUES ($1, $2) ON CONFLICT (user_id, product_id) DO NOTHING
