-- Many commands and news in one commit. $1 arrangements to plan, $2 changes to record: lists as JSON, the ordinals
-- different in both. Gives the shipment, as it is then, for each that was written; what is missing is as if it had not
-- been asked for. $3 ArrangeShipment, $4 how long the tracker waits after a change, in milliseconds.
-- The bounds of the ordinals are for the planner, which takes every list for a hundred rows and then reads whole tables:
-- it believes that few rows are between two bounds, and looks each up by its key.
WITH arrangement AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS a (
    ordinal integer, request_id text, request_hash text, names text[], shipment_id uuid, operation_id uuid,
    operation_key text, order_id uuid, user_id uuid, address jsonb, items jsonb, service_level text,
    settle_after_ms bigint)
  WHERE ordinal BETWEEN 0 AND 100000
), begun AS (
  -- An order that has a shipment, and a request_id that made one, are conflicts.
  INSERT INTO shipment (id, order_id, user_id, arrange_request_id, state, address, items, service_level)
  SELECT a.shipment_id, a.order_id, a.user_id, a.request_id, 'ARRANGING', a.address, a.items, a.service_level
  FROM arrangement a
  WHERE NOT EXISTS (SELECT FROM idempotency_record r WHERE r.scope = $3 AND r.key = a.request_id)
    AND may_still_happen('arrangement', a.names)
  ON CONFLICT DO NOTHING
  RETURNING *
), remembered AS (
  INSERT INTO idempotency_record (scope, key, request_hash, response)
  SELECT $3, a.request_id, decode(a.request_hash, 'hex'),
    convert_to(format('{"operation":"%s"}', a.operation_id), 'UTF8')
  FROM arrangement a JOIN begun b ON b.id = a.shipment_id
), planned AS (
  INSERT INTO carrier_operation (id, shipment_id, kind, state, carrier_key, next_attempt_time)
  SELECT a.operation_id, a.shipment_id, 'ARRANGE', 'PENDING', a.operation_key,
    now() + a.settle_after_ms * interval '1 millisecond'
  FROM arrangement a JOIN begun b ON b.id = a.shipment_id
), change AS MATERIALIZED (
  SELECT * FROM json_to_recordset($2::json) AS c (
    ordinal integer, shipment_id uuid, version bigint, state text, carrier text, carrier_reference text,
    tracking_number text, refusal_code text, estimated_delivery_time timestamptz, last_position bigint,
    carrier_sequence bigint, items jsonb, tracked boolean, events json, operations json)
  WHERE ordinal BETWEEN 0 AND 100000
), changed AS (
  -- Its version says that nobody else has changed it since.
  UPDATE shipment s
  SET state = c.state, carrier = c.carrier, carrier_reference = c.carrier_reference,
    tracking_number = c.tracking_number, refusal_code = c.refusal_code,
    estimated_delivery_time = c.estimated_delivery_time, last_position = c.last_position,
    carrier_sequence = c.carrier_sequence, items = coalesce(c.items, s.items), version = s.version + 1,
    update_time = now()
  FROM change c
  WHERE s.id = c.shipment_id AND s.version = c.version
  RETURNING c.ordinal, c.tracked, c.events, c.operations, s.id, s.update_time, s AS shipment
), happened AS MATERIALIZED (
  SELECT c.id, e.*
  FROM changed c
  CROSS JOIN json_to_recordset(c.events) AS e (
    position bigint, state text, description text, location text, occur_time timestamptz, event_id uuid, type text,
    payload jsonb, trace_parent text)
), told AS (
  INSERT INTO shipment_event (shipment_id, position, state, description, location, occur_time)
  SELECT id, position, state, description, location, occur_time FROM happened ORDER BY id, position
), published AS (
  INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload, trace_parent)
  SELECT event_id, 'shipment', id::text, position, type, payload, trace_parent FROM happened ORDER BY id, position
), settled AS (
  UPDATE carrier_operation x
  SET state = o.state, update_time = now(),
    -- What the caller hears has the shipment's new time, which nobody else knows.
    answer = jsonb_set(o.answer, '{ok,updateTime}', to_jsonb(
      to_char(c.update_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
  FROM changed c
  CROSS JOIN LATERAL (
    -- An arrangement that is refused can end a cancellation that waited for it.
    SELECT * FROM json_to_recordset(c.operations) AS o (id uuid, state text, answer jsonb) LIMIT 2) o
  WHERE x.id = o.id
), followed AS (
  -- Where there was news there is more soon: the wait starts small again.
  INSERT INTO shipment_tracking (shipment_id, next_look_time)
  SELECT id, now() + $4 * interval '1 millisecond' FROM changed WHERE tracked
  ON CONFLICT (shipment_id) DO UPDATE SET next_look_time = excluded.next_look_time, quiet_looks = 0
), left_alone AS (
  DELETE FROM shipment_tracking t USING changed c WHERE t.shipment_id = c.id AND NOT c.tracked
)
SELECT a.ordinal, b.* FROM arrangement a JOIN begun b ON b.id = a.shipment_id
UNION ALL
SELECT ordinal, (shipment).* FROM changed
