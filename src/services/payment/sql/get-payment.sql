SELECT * FROM payment WHERE id = $1
