-- Behind the fence: nothing is changed under a token that is not the latest. $1 name, $2 generation, $3 token, $4 position, $5 lease in ms
UPDATE read_model
SET position = $4::bigint,
    claim_end = clock_timestamp() + $5::double precision * interval '1 millisecond',
    update_time = CASE WHEN position = $4::bigint THEN update_time ELSE clock_timestamp() END
WHERE name = $1::text AND generation = $2::integer AND claim_token = $3::bigint
