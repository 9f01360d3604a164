-- The heartbeat of one member: it lives, and keeps what it holds. A partition whose position is being moved is passed over: nobody takes it meanwhile,
-- and to wait would cost the others. A token that is another one says that an operator has moved the position.
-- Members of an older release than another's read nothing, and are not counted.
-- $1 consumer, $2 source, $3 member, $4 time to live in ms, $5 the types that it handles
WITH alive AS (
  INSERT INTO inbox_member (consumer, source, member, expire_time, types)
  VALUES ($1, $2, $3, clock_timestamp() + $4::double precision * interval '1 millisecond', $5)
  ON CONFLICT (consumer, source, member) DO UPDATE SET expire_time = excluded.expire_time, types = excluded.types
), still AS (
  SELECT partition
  FROM inbox_partition
  WHERE consumer = $1 AND source = $2 AND owner = $3
  FOR UPDATE SKIP LOCKED
), kept AS (
  UPDATE inbox_partition
  SET expire_time = clock_timestamp() + $4::double precision * interval '1 millisecond'
  FROM still
  WHERE consumer = $1 AND source = $2 AND inbox_partition.partition = still.partition
), held AS (
  SELECT partition, token
  FROM inbox_partition
  WHERE consumer = $1 AND source = $2 AND owner = $3
)
SELECT
  1 + (
    SELECT count(*) FROM inbox_member
    WHERE consumer = $1 AND source = $2 AND member <> $3 AND expire_time > clock_timestamp()
      AND NOT stands_aside(consumer, source, types)
  )::integer AS members,
  (SELECT coalesce(array_agg(partition ORDER BY partition), '{}') FROM held) AS held,
  (SELECT coalesce(array_agg(token::text ORDER BY partition), '{}') FROM held) AS tokens,
  EXISTS (SELECT FROM consumer_pause WHERE consumer = $1) OR stands_aside($1, $2, $5) AS rests
