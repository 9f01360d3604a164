-- Those that are read again. $1 consumer, $2 source, $3 partitions, $4 after this position
DELETE FROM dead_letter
WHERE consumer = $1 AND source = $2 AND partition = ANY ($3::smallint[]) AND position > $4
