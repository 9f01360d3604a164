CREATE INDEX IF NOT EXISTS listed_order_user ON listed_order (user_id, create_time, id)
