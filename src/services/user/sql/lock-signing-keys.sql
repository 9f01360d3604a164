-- On its own: a statement that waits for a lock still sees what was there before it waited.
SELECT pg_advisory_xact_lock(hashtext('user.signing_key'))
