-- Every transaction below it has ended, and what it committed is seen.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS id
