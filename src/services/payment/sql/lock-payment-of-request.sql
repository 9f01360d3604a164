SELECT * FROM payment WHERE authorize_request_id = $1 FOR UPDATE
