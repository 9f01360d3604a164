-- Lets go of partitions, so that others can take them at once. $1 consumer, $2 source, $3 member, $4 partitions; null: all of them
UPDATE inbox_partition
SET owner = NULL, token = token + 1, expire_time = NULL
WHERE consumer = $1 AND source = $2 AND owner = $3 AND ($4::smallint[] IS NULL OR partition = ANY ($4::smallint[]))
