-- The parcel of one order.
CREATE TABLE shipment (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  arrange_request_id text NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN (
    'ARRANGING', 'ARRANGED', 'REFUSED', 'CANCELLING', 'CANCELLED', 'PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY',
    'DELIVERED', 'RETURNED', 'LOST')),
  address jsonb NOT NULL,
  items jsonb NOT NULL CHECK (jsonb_array_length(items) > 0),
  service_level text NOT NULL CHECK (service_level IN ('STANDARD', 'EXPRESS')),
  carrier text NOT NULL DEFAULT '',
  -- The carrier's own id of it.
  carrier_reference text NOT NULL DEFAULT '',
  tracking_number text NOT NULL DEFAULT '',
  refusal_code text NOT NULL DEFAULT '',
  estimated_delivery_time timestamptz,
  -- Of its last event in shipment_event.
  last_position bigint NOT NULL DEFAULT 0 CHECK (last_position >= 0),
  -- How far the carrier's list of events was read.
  carrier_sequence bigint NOT NULL DEFAULT 0 CHECK (carrier_sequence >= 0),
  -- Rises by one with each change: whoever has read it knows whether anything has changed since.
  version bigint NOT NULL DEFAULT 1,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  CHECK ((state = 'REFUSED') = (refusal_code <> '')),
  CHECK ((carrier_reference <> '') = (carrier <> '' AND tracking_number <> '')),
  -- What moves was accepted.
  CHECK (carrier_reference <> '' OR state IN ('ARRANGING', 'REFUSED', 'CANCELLING', 'CANCELLED')),
  CHECK (carrier_reference = '' OR state NOT IN ('ARRANGING', 'REFUSED')),
  -- Whatever the carrier decided is in the history.
  CHECK (last_position > 0 OR state IN ('ARRANGING', 'CANCELLING'))
);
-- An order has at most one shipment that was neither refused nor cancelled.
CREATE UNIQUE INDEX shipment_one_live_per_order ON shipment (order_id) WHERE state NOT IN ('REFUSED', 'CANCELLED');
CREATE UNIQUE INDEX shipment_by_carrier_reference ON shipment (carrier_reference) WHERE carrier_reference <> '';
CREATE INDEX shipment_of_order ON shipment (order_id, id DESC);
CREATE INDEX shipment_of_user ON shipment (user_id, id DESC);
CREATE INDEX shipment_by_state ON shipment (state, id DESC);

-- The shipments on their way: when the tracker next asks the carrier for news, and how often it has asked since it last
-- heard any. A table of its own, because a look in vain must not write the whole shipment and all its indexes again.
CREATE TABLE shipment_tracking (
  shipment_id uuid PRIMARY KEY,
  next_look_time timestamptz NOT NULL,
  quiet_looks integer NOT NULL DEFAULT 0 CHECK (quiet_looks >= 0)
);
CREATE INDEX shipment_tracking_due ON shipment_tracking (next_look_time);

-- What happened to shipments: 1, 2, 3... within each.
CREATE TABLE shipment_event (
  shipment_id uuid NOT NULL REFERENCES shipment,
  position bigint NOT NULL CHECK (position > 0),
  state text NOT NULL CHECK (state IN (
    'ARRANGED', 'REFUSED', 'CANCELLING', 'CANCELLED', 'PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED',
    'RETURNED', 'LOST')),
  description text NOT NULL,
  location text NOT NULL,
  occur_time timestamptz NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shipment_id, position)
);

CREATE FUNCTION shipment_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the history of a shipment is never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER shipment_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON shipment_event
  FOR EACH STATEMENT EXECUTE FUNCTION shipment_event_is_append_only();

-- The last event is what the shipment says it is, so positions have no gap.
CREATE FUNCTION shipment_event_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.position > 1 AND NOT EXISTS (
    SELECT FROM shipment_event WHERE shipment_id = NEW.shipment_id AND position = NEW.position - 1
  ) THEN
    RAISE EXCEPTION 'event % of shipment % has none before it', NEW.position, NEW.shipment_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER shipment_event_without_gap BEFORE INSERT ON shipment_event
  FOR EACH ROW EXECUTE FUNCTION shipment_event_follows();

-- What the carrier was asked to do with a shipment: written before it is asked, with the key it is asked under.
CREATE TABLE carrier_operation (
  id uuid PRIMARY KEY,
  shipment_id uuid NOT NULL REFERENCES shipment,
  kind text NOT NULL CHECK (kind IN ('ARRANGE', 'AMEND', 'CANCEL')),
  state text NOT NULL CHECK (state IN ('PENDING', 'SUCCEEDED', 'REFUSED')),
  -- Sent to the carrier as Idempotency-Key: however often it is asked, it happens once.
  carrier_key text NOT NULL UNIQUE,
  -- As given with the command.
  reason text NOT NULL DEFAULT '',
  -- What is in the parcel once it is amended.
  items jsonb CHECK (jsonb_array_length(items) > 0),
  -- What the one who asked hears, now and at each repeat: {"ok": ...} or {"refusal": ...}.
  answer jsonb,
  next_attempt_time timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  CHECK ((state = 'PENDING') = (answer IS NULL)),
  CHECK ((kind = 'AMEND') = (items IS NOT NULL))
);
CREATE UNIQUE INDEX carrier_operation_one_in_flight ON carrier_operation (shipment_id, kind) WHERE state = 'PENDING';
CREATE UNIQUE INDEX carrier_operation_one_arrangement ON carrier_operation (shipment_id) WHERE kind = 'ARRANGE';
CREATE INDEX carrier_operation_unsettled ON carrier_operation (next_attempt_time) WHERE state = 'PENDING';
