SELECT * FROM carrier_operation WHERE shipment_id = $1 AND kind = $2 AND state = 'PENDING'
