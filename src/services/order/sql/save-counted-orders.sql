-- $1 generation, $2 orders as JSON
INSERT INTO counted_order (generation, id, body)
SELECT $1::integer, id, body
FROM json_to_recordset($2::json) AS o (id uuid, body json)
ON CONFLICT (generation, id) DO UPDATE
SET body = excluded.body
