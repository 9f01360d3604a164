-- Plain are the messages to users who asked for nothing of their own. The text of a message is English then, and nothing is muted.
accepted AS (
  INSERT INTO notification
    (id, user_id, channel, category, template, parameters, recipient, order_id, subject, body, state, due_time,
    trace_parent)
  SELECT
    m.id, m.user_id, m.channel, m.category, m.template, m.parameters, m.recipient, m.order_id, m.subject, m.body,
    'QUEUED', clock_timestamp(), m.trace_parent
  FROM command
  CROSS JOIN jsonb_to_record(command.body) AS m (
    id uuid, user_id uuid, channel text, category text, template text, parameters jsonb, recipient text, order_id uuid,
    subject text, body text, trace_parent text
  )
  WHERE (
    SELECT p.user_id FROM preferences AS p
    WHERE p.user_id = m.user_id
      AND (p.locale <> '' OR p.muted_channels <> '{}' OR p.muted_categories <> '{}')
    LIMIT 1) IS NULL
  RETURNING id, subject, body, create_time, update_time
),
done AS (
  SELECT
    command.ordinal,
    to_jsonb(accepted) AS outcome,
    -- A message is watched by its position; the outbox has no events of it.
    NULL::text AS aggregate_type, NULL::text AS aggregate_id, NULL::bigint AS sequence, NULL::text AS type,
    NULL::jsonb AS payload
  FROM command
  JOIN accepted ON accepted.id = (command.body ->> 'id')::uuid
)
