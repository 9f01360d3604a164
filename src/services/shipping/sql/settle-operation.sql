UPDATE carrier_operation SET state = $2, answer = $3, update_time = now() WHERE id = $1 AND state = 'PENDING'
