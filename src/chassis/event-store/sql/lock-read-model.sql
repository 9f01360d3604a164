-- Replicas change the generations of a read model one after the other. $1 name
SELECT pg_advisory_xact_lock(hashtextextended('read-model ' || $1::text, 0))
