SELECT * FROM shipment_event WHERE shipment_id = $1 AND position > $2 ORDER BY position LIMIT $3
