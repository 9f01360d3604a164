-- Has everything after a position published again: whoever has the relay loses it, and the next one begins there. Partitions may name a position
-- without an event as the one before, as long as there is no event of theirs in between. $1 courier, $2 the position
WITH put_back AS (
  UPDATE relay_position
  SET position = least(position, $2)
  WHERE courier = $1
)
UPDATE relay
SET position = least(position, $2), token = token + 1, owner = NULL, expire_time = NULL
WHERE courier = $1
