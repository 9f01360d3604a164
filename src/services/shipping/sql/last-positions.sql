SELECT id, last_position FROM shipment WHERE id = ANY ($1::uuid[])
