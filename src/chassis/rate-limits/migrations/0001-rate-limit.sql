-- What each key has done in its window, as rate-limiter-flexible keeps it. Not logged: after a crash everybody begins anew,
-- and no call waits for a disk.
CREATE UNLOGGED TABLE rate_limit (
  key text PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  -- Milliseconds since the epoch.
  expire bigint
) WITH (fillfactor = 70);

CREATE INDEX rate_limit_expire ON rate_limit (expire);
