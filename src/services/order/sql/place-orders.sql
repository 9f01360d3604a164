-- Places many orders, each with its first event and its checkout.
asked AS MATERIALIZED (
  SELECT command.ordinal, command.body -> 'saga' AS saga, command.body ->> 'response' AS response, placed.*
  FROM command
  CROSS JOIN LATERAL jsonb_to_record(command.body -> 'order') AS placed (
    id uuid, user_id uuid, lines jsonb, product_ids uuid[], currency_code text, total_units bigint, total_nanos integer,
    shipping_address jsonb, payment_method_id text, saga_id uuid, placed_event jsonb
  )
),
placed AS (
  INSERT INTO placed_order (
    id, user_id, state, lines, product_ids, currency_code, total_units, total_nanos, shipping_address, payment_method_id,
    saga_id, active_sagas, last_position
  )
  SELECT
    id, user_id, 'PENDING', lines, product_ids, currency_code, total_units, total_nanos, shipping_address,
    payment_method_id, saga_id, 1, 1
  FROM asked
  RETURNING id, create_time, update_time
),
told AS (
  INSERT INTO order_event (order_id, position, kind, state, step, attempt, reason, message, settled)
  SELECT id, 1, 'STATE_CHANGED', 'PENDING', '', 0, '', '', false
  FROM placed
),
started AS MATERIALIZED (
  SELECT start_sagas(jsonb_agg(asked.saga)) AS saga_id
  FROM asked
),
done AS MATERIALIZED (
  SELECT
    asked.ordinal,
    jsonb_build_object(
      'response', asked.response, 'create_time', placed.create_time, 'update_time', placed.update_time
    ) AS outcome,
    'order' AS aggregate_type, asked.id::text AS aggregate_id, 1::bigint AS sequence, 'order.placed' AS type,
    asked.placed_event AS payload
  FROM asked
  JOIN placed ON placed.id = asked.id
  JOIN started ON started.saga_id = asked.saga_id
)
