-- $1 generation, $2 orders as JSON
INSERT INTO listed_order (generation, id, user_id, state, product_ids, create_time, update_time, body)
SELECT
  $1::integer, id, user_id, state, ARRAY (SELECT (line ->> 'productId')::uuid FROM json_array_elements(body -> 'lines') AS line),
  create_time, update_time, body
FROM json_to_recordset($2::json) AS o (
  id uuid, user_id uuid, state text, create_time timestamptz, update_time timestamptz, body json
)
ON CONFLICT (generation, id) DO UPDATE
SET state = excluded.state, update_time = excluded.update_time, body = excluded.body
