-- What each event did: twice is visible, and so is any order.
CREATE TABLE effect (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL,
  aggregate_id text NOT NULL,
  sequence bigint NOT NULL,
  effect_time timestamptz NOT NULL DEFAULT clock_timestamp()
);
