SELECT * FROM shipment WHERE id = ANY ($1::uuid[])
