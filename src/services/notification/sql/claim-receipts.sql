-- Takes messages whose receipt is to be asked for; nobody else asks for $2 milliseconds, longer with each look in vain. What has waited to its
-- end is let go. $1 how many
WITH given_up AS (
  DELETE FROM awaited_receipt WHERE due_time <= clock_timestamp() AND end_time <= clock_timestamp()
),
due AS MATERIALIZED (
  SELECT notification_id FROM awaited_receipt
  WHERE due_time <= clock_timestamp() AND end_time > clock_timestamp()
  ORDER BY due_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED
)
UPDATE awaited_receipt
SET looks = looks + 1, due_time = clock_timestamp() + $2 * power(2, least(looks, 10)) * interval '1 millisecond'
FROM due
WHERE awaited_receipt.notification_id = due.notification_id
RETURNING awaited_receipt.notification_id, awaited_receipt.reference
