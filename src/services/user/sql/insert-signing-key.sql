-- $4 seconds until it signs, $5 seconds until it no longer verifies
INSERT INTO signing_key (kid, public_jwk, private_jwk, activate_time, retire_time)
VALUES ($1, $2, $3, now() + make_interval(secs => $4), now() + make_interval(secs => $5))
