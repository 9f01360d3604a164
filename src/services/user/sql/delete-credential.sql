DELETE FROM credential WHERE account_id = $1
