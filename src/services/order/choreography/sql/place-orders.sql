-- Places many orders, each with its first event and a checkout that events carry on, and tells those who take part.
asked AS MATERIALIZED (
  SELECT command.ordinal, command.body ->> 'response' AS response, placed.*
  FROM command
  CROSS JOIN LATERAL jsonb_to_record(command.body) AS placed (
    order_id uuid, stream jsonb, announcement jsonb, deadline_ms bigint, trace_parent text,
    opening jsonb, opening_id uuid, opening_trace_parent text
  )
),
placed AS MATERIALIZED (
  SELECT appended.stream_id, appended.event_time
  FROM append_to_streams((SELECT json_agg(asked.stream) FROM asked)) AS appended
),
opened AS (
  INSERT INTO checkout (order_id, phase, deadline, trace_parent)
  SELECT asked.order_id, 'GATHERING', clock_timestamp() + asked.deadline_ms * interval '1 millisecond', asked.trace_parent
  FROM asked
  JOIN placed ON placed.stream_id = asked.order_id
),
told AS (
  INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload, trace_parent)
  SELECT asked.opening_id, 'checkout', asked.order_id::text, 1, 'checkout.opened', asked.opening, asked.opening_trace_parent
  FROM asked
  JOIN placed ON placed.stream_id = asked.order_id
  ORDER BY asked.ordinal
),
done AS MATERIALIZED (
  SELECT
    asked.ordinal,
    jsonb_build_object('response', asked.response, 'time', placed.event_time) AS outcome,
    'order' AS aggregate_type, asked.order_id::text AS aggregate_id, 1::bigint AS sequence, 'order.placed' AS type,
    asked.announcement AS payload
  FROM asked
  JOIN placed ON placed.stream_id = asked.order_id
)
