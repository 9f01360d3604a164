-- $1 name
SELECT generation, state, position, claim_token
FROM read_model
WHERE name = $1::text
ORDER BY generation
FOR UPDATE
