CREATE INDEX IF NOT EXISTS listed_order_create_time ON listed_order (create_time, id)
