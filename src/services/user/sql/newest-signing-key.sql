-- Locks out other replicas for the length of the transaction.
SELECT pg_advisory_xact_lock(hashtext('user.signing_key')),
       (SELECT max(activate_time) > now() - make_interval(secs => $1) FROM signing_key) AS fresh,
       (SELECT count(*) FROM signing_key WHERE retire_time > now())::int AS count
