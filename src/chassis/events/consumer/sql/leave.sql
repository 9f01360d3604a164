-- $1 consumer, $2 source, $3 member; also forgets members that have long gone
DELETE FROM inbox_member
WHERE consumer = $1 AND source = $2 AND (member = $3 OR expire_time < clock_timestamp() - interval '1 hour')
