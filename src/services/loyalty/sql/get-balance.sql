SELECT * FROM balance WHERE user_id = $1
