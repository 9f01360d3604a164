-- One at a time gives positions, until its commit: a position that is seen has none below it still to come.
SELECT pg_advisory_xact_lock(hashtextextended('notification/position', 0))
