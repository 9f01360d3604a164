-- What happened, written in the transaction of the change. Whoever writes an event has locked its aggregate, so one aggregate's
-- events are in their true order; across aggregates a lower position may be committed after a higher one, and readers wait at gaps.
CREATE TABLE outbox (
  position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id       uuid NOT NULL CONSTRAINT outbox_event_id_key UNIQUE,
  aggregate_type text NOT NULL CHECK (aggregate_type <> ''),
  aggregate_id   text NOT NULL CHECK (aggregate_id <> ''),
  -- Rises by one with each event of the aggregate, from 1.
  sequence       bigint NOT NULL CHECK (sequence > 0),
  type           text NOT NULL CHECK (type <> ''),
  payload        jsonb NOT NULL,
  -- The W3C trace context of the call that caused it.
  trace_parent   text,
  event_time     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT outbox_aggregate_sequence_key UNIQUE (aggregate_type, aggregate_id, sequence)
);
