-- Each look in vain, whether the carrier had nothing new or did not answer, doubles the wait up to $3; another instance
-- that looks meanwhile sees nothing due.
UPDATE shipment
SET quiet_looks = quiet_looks + 1,
  next_track_time = now() + least($2 * power(2, least(quiet_looks, 20)), $3) * interval '1 millisecond'
WHERE id IN (
  SELECT id FROM shipment
  WHERE state IN ('ARRANGED', 'PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY') AND next_track_time <= now()
  ORDER BY next_track_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED)
RETURNING id, carrier_reference, carrier_sequence
