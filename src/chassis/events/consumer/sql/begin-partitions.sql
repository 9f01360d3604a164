-- Partitions that were never read begin after a position. $1 consumer, $2 source, $3 member, $4 partitions, $5 the position
UPDATE inbox_partition
SET position = $5, begun = true
WHERE consumer = $1 AND source = $2 AND owner = $3 AND partition = ANY ($4::smallint[]) AND position = 0 AND NOT begun
