-- Consumers that an operator has stopped.
CREATE TABLE consumer_pause (
  consumer text PRIMARY KEY,
  actor text NOT NULL,
  reason text NOT NULL,
  pause_time timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- What operators did to consumers.
CREATE TABLE consumer_action (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  action text NOT NULL,
  consumer text NOT NULL,
  source text NOT NULL,
  -- A user id; "internal" for a call without a token.
  actor text NOT NULL,
  reason text NOT NULL,
  -- What it was done to.
  detail jsonb NOT NULL,
  action_time timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- Dead letters of all consumers, the first to die first.
CREATE INDEX dead_letter_death ON dead_letter (death_time, id);
