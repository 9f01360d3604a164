-- $1 the orders
SELECT order_id, phase, heard, told, payment_id, shipment_id, points, last_event, trace_parent
FROM checkout
WHERE order_id = ANY ($1::uuid[])
ORDER BY order_id
FOR UPDATE
