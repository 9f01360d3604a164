SELECT * FROM notification WHERE id = $1
