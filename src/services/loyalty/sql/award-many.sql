-- Awards points. All awards of one user go in the order of the commands, or are left together where the balance would pass its limit.
asked AS MATERIALIZED (
  SELECT
    command.ordinal, award.*,
    sum(award.points) OVER (PARTITION BY award.user_id ORDER BY command.ordinal) AS points_so_far,
    row_number() OVER (PARTITION BY award.user_id ORDER BY command.ordinal) AS entries_so_far
  FROM command
  CROSS JOIN LATERAL jsonb_to_record(command.body) AS award (
    id uuid, user_id uuid, points bigint, reason text, order_id uuid, request_id text, create_time timestamptz
  )
),
raise AS MATERIALIZED (
  SELECT user_id, sum(points)::bigint AS points, count(*) AS entries, max(create_time) AS update_time
  FROM asked
  GROUP BY user_id
),
-- Everybody locks balances in this order.
raised AS (
  INSERT INTO balance AS b (user_id, points, lifetime_points, version, update_time)
  SELECT user_id, points, points, entries, update_time
  FROM raise
  ORDER BY user_id
  ON CONFLICT (user_id) DO UPDATE
  SET points = b.points + excluded.points,
      lifetime_points = b.lifetime_points + excluded.lifetime_points,
      version = b.version + excluded.version,
      update_time = excluded.update_time
  WHERE b.points + excluded.points <= 1000000000000000
  RETURNING b.user_id, b.points, b.lifetime_points, b.version
),
-- Each award with the balance after it, as if they had come one by one.
given AS MATERIALIZED (
  SELECT
    asked.*,
    (raised.points - raise.points + asked.points_so_far)::bigint AS balance_after,
    (raised.lifetime_points - raise.points + asked.points_so_far)::bigint AS lifetime_after,
    raised.version - raise.entries + asked.entries_so_far AS version_after
  FROM asked
  JOIN raise ON raise.user_id = asked.user_id
  JOIN raised ON raised.user_id = asked.user_id
),
entered AS (
  INSERT INTO entry (id, user_id, kind, points, reason, order_id, award_request_id, balance_after, create_time)
  SELECT id, user_id, 'AWARD', points, reason, order_id, request_id, balance_after, create_time
  FROM given
  ORDER BY ordinal
),
done AS MATERIALIZED (
  SELECT
    ordinal,
    jsonb_build_object(
      'id', id, 'create_time', create_time, 'points', balance_after::text, 'lifetime_points', lifetime_after::text
    ) AS outcome,
    'balance' AS aggregate_type, user_id::text AS aggregate_id, version_after AS sequence, 'points.awarded' AS type,
    jsonb_build_object(
      'entry_id', id, 'user_id', user_id, 'points', points::text, 'order_id', order_id, 'balance', balance_after::text
    ) AS payload
  FROM given
)
