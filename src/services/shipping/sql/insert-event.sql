INSERT INTO shipment_event (shipment_id, position, state, description, location, occur_time)
VALUES ($1, $2, $3, $4, $5, $6)
