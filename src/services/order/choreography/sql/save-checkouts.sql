-- $1 the checkouts as JSON, $2 their orders, to be looked up one by one
UPDATE checkout
SET phase = c.phase, heard = c.heard, told = c.told, payment_id = c.payment_id, shipment_id = c.shipment_id, points = c.points,
    last_event = c.last_event, update_time = clock_timestamp(),
    deadline = CASE WHEN c.phase = 'GATHERING' THEN checkout.deadline END
FROM jsonb_to_recordset($1::jsonb) AS c (
  order_id uuid, phase text, heard text[], told integer, payment_id text, shipment_id text, points bigint, last_event bigint
)
WHERE checkout.order_id = ANY ($2::uuid[]) AND checkout.order_id = c.order_id
