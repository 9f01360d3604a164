SELECT * FROM preferences WHERE user_id = $1
