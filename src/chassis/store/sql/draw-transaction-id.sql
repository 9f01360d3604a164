-- Higher than every transaction that has begun to write until now.
SELECT pg_current_xact_id()::text::bigint AS id
