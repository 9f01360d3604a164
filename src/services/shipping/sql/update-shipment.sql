UPDATE shipment
SET state = $2, carrier = $3, carrier_reference = $4, tracking_number = $5, refusal_code = $6,
  estimated_delivery_time = $7, last_position = $8, carrier_sequence = $9, items = $10::jsonb, update_time = now()
WHERE id = $1
RETURNING *
