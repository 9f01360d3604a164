UPDATE payment_method SET forgotten = true, update_time = now() WHERE id = $1 AND state = 'DELETED'
