-- $1 name, $2 generation
DELETE FROM read_model
WHERE name = $1::text AND generation = $2::integer
