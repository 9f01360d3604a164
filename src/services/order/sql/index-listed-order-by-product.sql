CREATE INDEX IF NOT EXISTS listed_order_products ON listed_order USING gin (product_ids)
