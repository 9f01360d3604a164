-- The generation of a read model that is in the state, unless somebody else fills it. $1 name, $2 state, $3 owner, $4 lease in ms
UPDATE read_model
SET claim_owner = $3::text,
    claim_token = claim_token + 1,
    claim_end = clock_timestamp() + $4::double precision * interval '1 millisecond'
WHERE name = $1::text AND state = $2::text AND (claim_end <= clock_timestamp() OR claim_owner = $3::text)
RETURNING generation, position, claim_token
