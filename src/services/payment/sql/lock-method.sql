SELECT * FROM payment_method WHERE id = $1 FOR UPDATE
