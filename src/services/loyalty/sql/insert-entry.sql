INSERT INTO entry
  (id, user_id, kind, points, reason, order_id, award_request_id, award_entry_id, balance_after, create_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
