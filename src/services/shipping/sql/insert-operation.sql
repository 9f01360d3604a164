INSERT INTO carrier_operation (id, shipment_id, kind, state, carrier_key, reason, next_attempt_time, items)
VALUES ($1, $2, $3, 'PENDING', $4, $5, now() + $6 * interval '1 millisecond', $7::jsonb)
