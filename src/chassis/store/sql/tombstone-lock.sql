-- The names come sorted, so that two callers lock them in one order.
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || name, 0))
FROM unnest($2::text[]) AS name
