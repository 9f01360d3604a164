INSERT INTO carrier_operation (id, shipment_id, kind, state, carrier_key, reason, next_attempt_time)
VALUES ($1, $2, $3, 'PENDING', $4, $5, now() + $6 * interval '1 millisecond')
