DELETE FROM purchase WHERE order_id = $1
