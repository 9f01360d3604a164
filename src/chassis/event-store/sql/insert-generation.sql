-- $1 name, $2 generation, $3 state
INSERT INTO read_model (name, generation, state)
VALUES ($1::text, $2::integer, $3::text)
