-- $1 name, $2 generation, $3 token
UPDATE read_model
SET claim_owner = NULL, claim_end = '-infinity'
WHERE name = $1::text AND generation = $2::integer AND claim_token = $3::bigint
