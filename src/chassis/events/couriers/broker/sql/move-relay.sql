-- Everything up to a position is confirmed. $1 courier, $2 token, $3 the position, $4 the partitions, $5 their last positions up to it
WITH moved AS (
  UPDATE relay
  SET position = $3
  WHERE courier = $1 AND token = $2 AND position <= $3
  RETURNING courier
), kept AS (
  INSERT INTO relay_position (courier, partition, position)
  SELECT moved.courier, reached.partition, reached.position
  FROM moved, unnest($4::smallint[], $5::bigint[]) AS reached (partition, position)
  ON CONFLICT (courier, partition) DO UPDATE SET position = excluded.position
)
SELECT courier
FROM moved
