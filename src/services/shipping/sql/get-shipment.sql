SELECT * FROM shipment WHERE id = $1
