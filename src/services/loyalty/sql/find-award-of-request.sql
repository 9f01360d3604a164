SELECT id, user_id FROM entry WHERE award_request_id = $1
