-- Many commands in one commit. $1 authorizations to plan, $2 captures to plan, $3 outcomes to record: lists as JSON, the
-- ordinals different in all three. Gives the payment, as it is then, for each that was written; what is missing is as if
-- it had not been asked for. $4 AuthorizePayment, $5 CapturePayment.
-- The bounds of the ordinals are for the planner, which takes every list for a hundred rows and then reads whole tables:
-- it believes that few rows are between two bounds, and looks each up by its key.
WITH hold AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS a (
    ordinal integer, request_id text, request_hash text, names text[], payment_id uuid, operation_id uuid,
    operation_key text, order_id uuid, user_id uuid, payment_method_id uuid, amount bigint, currency text, year integer,
    month integer, settle_after_ms bigint)
  WHERE ordinal BETWEEN 0 AND 100000
), card AS MATERIALIZED (
  -- The card that was named, or the default one; kept, the user's own, and not past its last month.
  SELECT a.ordinal, m.id, m.brand, m.last4, m.provider_token
  FROM hold a
  CROSS JOIN LATERAL (
    SELECT * FROM payment_method
    WHERE id = coalesce(
      a.payment_method_id, (SELECT d.id FROM payment_method d WHERE d.user_id = a.user_id AND d.is_default))
    OFFSET 0) m
  WHERE m.user_id = a.user_id AND m.state = 'KEPT' AND (m.expiry_year, m.expiry_month) >= (a.year, a.month)
), begun AS (
  -- An order that has a payment, and a request_id that made one, are conflicts.
  INSERT INTO payment (
    id, order_id, user_id, payment_method_id, authorize_request_id, state, currency, amount, card_brand, card_last4)
  SELECT a.payment_id, a.order_id, a.user_id, c.id, a.request_id, 'AUTHORIZING', a.currency, a.amount, c.brand, c.last4
  FROM hold a
  JOIN card c ON c.ordinal = a.ordinal
  WHERE NOT EXISTS (SELECT FROM idempotency_record r WHERE r.scope = $4 AND r.key = a.request_id)
    AND may_still_happen('authorization', a.names)
  ON CONFLICT DO NOTHING
  RETURNING *
), capture AS MATERIALIZED (
  SELECT * FROM json_to_recordset($2::json) AS c (
    ordinal integer, request_id text, request_hash text, payment_id uuid, operation_id uuid, operation_key text,
    amount bigint, currency text, settle_after_ms bigint)
  WHERE ordinal BETWEEN 0 AND 100000
), capturing AS (
  UPDATE payment p
  SET state = 'CAPTURING', next_check_time = NULL, version = p.version + 1, update_time = now()
  FROM capture c
  WHERE p.id = c.payment_id AND p.state || '' = 'AUTHORIZED' -- no look through the index of states
    AND (c.amount IS NULL OR (c.currency = p.currency AND c.amount <= p.amount))
    AND NOT EXISTS (SELECT FROM idempotency_record r WHERE r.scope = $5 AND r.key = c.request_id)
  RETURNING c.ordinal, c.request_id, c.request_hash, c.operation_id, c.operation_key, c.settle_after_ms,
    coalesce(c.amount, p.amount) AS minor, p.id, p AS payment
), outcome AS MATERIALIZED (
  SELECT * FROM json_to_recordset($3::json) AS o (
    ordinal integer, payment_id uuid, version bigint, state text, captured bigint, decline_code text,
    provider_reference text, capture_reference text, expire_time timestamptz, last_event bigint, operation_id uuid,
    operation_state text, operation_reference text, answer jsonb, reconciled boolean, bookings json, events json)
  WHERE ordinal BETWEEN 0 AND 100000
), recorded AS (
  -- Its version says that nobody else has recorded an outcome since.
  UPDATE payment p
  SET state = o.state, captured = o.captured, decline_code = o.decline_code, provider_reference = o.provider_reference,
    capture_reference = o.capture_reference, expire_time = o.expire_time,
    next_check_time = CASE o.state WHEN 'AUTHORIZED' THEN o.expire_time END, last_event = o.last_event, version = p.version + 1,
    update_time = now()
  FROM outcome o
  WHERE p.id = o.payment_id AND p.version = o.version
  RETURNING o.ordinal, o.operation_id, o.operation_state, o.operation_reference, o.answer, o.reconciled, o.bookings,
    o.events, p.id, p.order_id, p.currency, p.last_event, p.update_time, p AS payment
), remembered AS (
  INSERT INTO idempotency_record (scope, key, request_hash, response)
  SELECT scope, request_id, decode(request_hash, 'hex'), convert_to(format('{"operation":"%s"}', operation_id), 'UTF8')
  FROM (
    SELECT $4 AS scope, a.request_id, a.request_hash, a.operation_id
    FROM hold a JOIN begun b ON b.id = a.payment_id
    UNION ALL
    SELECT $5, request_id, request_hash, operation_id FROM capturing) AS planned
), planned AS (
  INSERT INTO provider_operation (id, payment_id, kind, state, provider_key, amount, next_attempt_time)
  SELECT operation_id, payment_id, kind, 'PENDING', operation_key, minor,
    now() + settle_after_ms * interval '1 millisecond'
  FROM (
    SELECT a.operation_id, a.payment_id, 'AUTHORIZE' AS kind, a.operation_key, a.amount AS minor, a.settle_after_ms
    FROM hold a JOIN begun b ON b.id = a.payment_id
    UNION ALL
    SELECT operation_id, id, 'CAPTURE', operation_key, minor, settle_after_ms FROM capturing) AS wanted
), settled AS (
  UPDATE provider_operation x
  SET state = r.operation_state, provider_reference = r.operation_reference, update_time = now(),
    -- What the caller hears has the payment's new time, which nobody else knows.
    answer = jsonb_set(r.answer, '{ok,updateTime}', to_jsonb(
      to_char(r.update_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
  FROM recorded r
  WHERE x.id = r.operation_id
), booked AS (
  INSERT INTO ledger_transaction (
    id, payment_id, order_id, operation_id, kind, debit_account, credit_account, currency, amount, provider_reference,
    reconciled)
  SELECT t.id, r.id, r.order_id, r.operation_id, t.kind, t.debit, t.credit, r.currency, t.minor, t.reference,
    r.reconciled
  FROM recorded r
  CROSS JOIN json_to_recordset(r.bookings) AS t (
    id uuid, kind text, debit text, credit text, minor bigint, reference text)
), told AS (
  INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload, trace_parent)
  SELECT e.event_id, 'payment', r.id::text, r.last_event, e.type, e.payload, e.trace_parent
  FROM recorded r
  CROSS JOIN json_to_recordset(r.events) AS e (event_id uuid, type text, payload jsonb, trace_parent text)
)
SELECT a.ordinal, c.provider_token, b.*
FROM hold a JOIN card c ON c.ordinal = a.ordinal JOIN begun b ON b.id = a.payment_id
UNION ALL
SELECT ordinal, NULL, (payment).* FROM capturing
UNION ALL
SELECT ordinal, NULL, (payment).* FROM recorded
