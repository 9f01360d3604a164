-- The database's clock decides which key signs, so that all replicas agree.
SELECT kid, public_jwk, private_jwk, activate_time <= now() AS active
FROM signing_key WHERE retire_time > now() ORDER BY activate_time DESC
