-- Places many orders, each with its first event and its checkout.
asked AS MATERIALIZED (
  SELECT command.ordinal, command.body ->> 'response' AS response, placed.*
  FROM command
  CROSS JOIN LATERAL jsonb_to_record(command.body) AS placed (order_id uuid, stream jsonb, saga_id uuid, saga jsonb, announcement jsonb)
),
placed AS MATERIALIZED (
  SELECT appended.stream_id, appended.event_time
  FROM append_to_streams((SELECT json_agg(asked.stream) FROM asked)) AS appended
),
started AS MATERIALIZED (
  SELECT start_sagas(jsonb_agg(asked.saga)) AS saga_id
  FROM asked
),
done AS MATERIALIZED (
  SELECT
    asked.ordinal,
    jsonb_build_object('response', asked.response, 'time', placed.event_time) AS outcome,
    'order' AS aggregate_type, asked.order_id::text AS aggregate_id, 1::bigint AS sequence, 'order.placed' AS type,
    asked.announcement AS payload
  FROM asked
  JOIN placed ON placed.stream_id = asked.order_id
  JOIN started ON started.saga_id = asked.saga_id
)
