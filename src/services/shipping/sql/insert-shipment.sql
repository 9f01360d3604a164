INSERT INTO shipment (id, order_id, user_id, arrange_request_id, state, address, items, service_level)
VALUES ($1, $2, $3, $4, 'ARRANGING', $5, $6, $7)
