-- One replica at a time, and nobody else waits long for it: what cannot be done now is done at the next look. $1 at most so many ms
SELECT pg_try_advisory_xact_lock(hashtextextended('tradewind event days', 0)) AS mine, set_config('lock_timeout', $1::text, true)
