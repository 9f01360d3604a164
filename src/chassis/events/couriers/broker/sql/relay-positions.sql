-- $1 courier
SELECT partition, position
FROM relay_position
WHERE courier = $1
