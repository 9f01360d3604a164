-- Each look in vain, whether the carrier had nothing new or did not answer, doubles the wait up to $3; another instance
-- that looks meanwhile sees nothing due.
UPDATE shipment_tracking t
SET quiet_looks = t.quiet_looks + 1,
  next_look_time = now() + least($2 * power(2, least(t.quiet_looks, 20)), $3) * interval '1 millisecond'
FROM shipment s
WHERE s.id = t.shipment_id AND t.shipment_id = ANY (ARRAY (
  SELECT shipment_id FROM shipment_tracking
  WHERE next_look_time <= now()
  ORDER BY next_look_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED))
RETURNING s.id, s.carrier_reference, s.carrier_sequence
