-- A checkout that events carry on, as the order decides about it; one for each such order, whose saga_id is its own id.
CREATE TABLE checkout (
  order_id uuid PRIMARY KEY,
  -- GATHERING what is needed -> PAYING: nobody gives the order up any more -> CONFIRMED; ABANDONED: being undone; OVER.
  phase text NOT NULL CHECK (phase IN ('GATHERING', 'PAYING', 'CONFIRMED', 'ABANDONED', 'OVER')),
  -- The types of the events that were heard of those who take part.
  heard text[] NOT NULL DEFAULT '{}',
  -- How many steps the order's history tells of as done; it does so in their order, whatever is heard first.
  told integer NOT NULL DEFAULT 0,
  payment_id text NOT NULL DEFAULT '',
  shipment_id text NOT NULL DEFAULT '',
  points bigint NOT NULL DEFAULT 0,
  -- The sequence of its last event in the outbox.
  last_event bigint NOT NULL DEFAULT 1,
  -- When it is given up, unless it has got on; only while GATHERING.
  deadline timestamptz,
  trace_parent text,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((phase = 'GATHERING') = (deadline IS NOT NULL))
);
CREATE INDEX checkout_deadline ON checkout (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX checkout_under_way ON checkout (create_time) WHERE phase <> 'OVER';
