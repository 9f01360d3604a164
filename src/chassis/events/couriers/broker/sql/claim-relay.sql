-- Takes the relay where nobody has it, or whoever had it was not heard of. $1 courier, $2 owner, $3 time to live in ms
INSERT INTO relay AS held (courier, owner, token, expire_time)
VALUES ($1, $2, 1, clock_timestamp() + $3::double precision * interval '1 millisecond')
ON CONFLICT (courier) DO UPDATE
SET owner = excluded.owner, token = held.token + 1, expire_time = excluded.expire_time
WHERE held.owner IS NULL OR held.owner = excluded.owner OR held.expire_time < clock_timestamp()
RETURNING token, position
