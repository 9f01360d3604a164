-- The heartbeat of whoever has the relay. $1 courier, $2 token, $3 time to live in ms
UPDATE relay
SET expire_time = clock_timestamp() + $3::double precision * interval '1 millisecond'
WHERE courier = $1 AND token = $2
