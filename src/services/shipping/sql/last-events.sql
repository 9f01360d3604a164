SELECT * FROM (
  SELECT * FROM shipment_event WHERE shipment_id = $1 ORDER BY position DESC LIMIT $2) AS newest
ORDER BY position
