CREATE INDEX IF NOT EXISTS listed_order_update_time ON listed_order (update_time, id)
