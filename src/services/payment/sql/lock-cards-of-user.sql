-- Whoever changes which cards a user has, or which is the default, does it one at a time.
SELECT pg_advisory_xact_lock(hashtextextended('cards/' || $1::text, 0))
