-- Everybody who waits for the product $1 is told, and waits no longer. $2 template; $3 parameters; $4 trace context or null
WITH waiting AS (
  DELETE FROM stock_notice WHERE product_id = $1 RETURNING user_id
)
INSERT INTO draft (user_id, channel, template, parameters, trace_parent)
SELECT user_id, 'EMAIL', $2, $3, $4
FROM waiting
