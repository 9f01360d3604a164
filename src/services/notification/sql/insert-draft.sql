-- $1 user; $2 channel; $3 template; $4 parameters; $5 order or null; $6 trace context or null. Of an order a customer hears each thing once on
-- each channel, however often it is said.
INSERT INTO draft (user_id, channel, template, parameters, order_id, trace_parent)
SELECT $1, $2, $3, $4, $5, $6
WHERE NOT EXISTS (SELECT FROM draft WHERE order_id = $5 AND template = $3 AND channel = $2)
  AND NOT EXISTS (SELECT FROM notification WHERE order_id = $5 AND template = $3 AND channel = $2)
