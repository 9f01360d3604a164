-- $1 consumer, $2 source, $3 how many there are
INSERT INTO inbox_partition (consumer, source, partition)
SELECT $1, $2, partition
FROM generate_series(0, $3::integer - 1) AS partition
ON CONFLICT DO NOTHING
