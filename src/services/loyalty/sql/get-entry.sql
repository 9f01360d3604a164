SELECT * FROM entry WHERE id = $1
