-- Who hands the outbox to a broker, by a claim that ends unless it is kept, and how far the broker has confirmed it. Whoever moves the position
-- shows the claim's token, so that a relay that was taken for dead can no longer move it.
CREATE TABLE relay (
  courier text PRIMARY KEY,
  owner text,
  token bigint NOT NULL DEFAULT 0,
  expire_time timestamptz,
  -- The broker has confirmed everything up to here.
  position bigint NOT NULL DEFAULT 0
);

-- The last event of a partition up to there: what the next one names as the one before it.
CREATE TABLE relay_position (
  courier text NOT NULL,
  partition smallint NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (courier, partition)
);
