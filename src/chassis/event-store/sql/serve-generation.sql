-- Whoever fills what is served claims it anew. $1 name, $2 generation
UPDATE read_model
SET state = 'SERVING', claim_owner = NULL, claim_token = claim_token + 1, claim_end = '-infinity'
WHERE name = $1::text AND generation = $2::integer
