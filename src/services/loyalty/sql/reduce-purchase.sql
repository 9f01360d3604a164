UPDATE purchase SET points = $2 WHERE order_id = $1
