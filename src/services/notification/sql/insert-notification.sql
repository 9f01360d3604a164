INSERT INTO notification
  (id, user_id, channel, category, template, parameters, recipient, order_id, subject, body, state, trace_parent, due_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN $11 = 'QUEUED' THEN clock_timestamp() END)
RETURNING *
