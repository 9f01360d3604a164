-- Awards with what is left of them, newest first. Exact while the balances are locked.
SELECT
  award.id, award.user_id, award.order_id,
  (award.points + coalesce((SELECT sum(taken.points) FROM entry AS taken WHERE taken.award_entry_id = award.id), 0))::bigint
    AS left_points
FROM entry AS award
WHERE award.id = ANY ($1::uuid[])
ORDER BY award.position DESC
