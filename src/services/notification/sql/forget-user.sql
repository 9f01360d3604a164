-- Everything personal of the user $1. What was sent is kept as a record without address and words; what was not is not sent any more.
WITH gone_drafts AS (
  DELETE FROM draft WHERE user_id = $1
),
gone_wishes AS (
  DELETE FROM stock_notice WHERE user_id = $1
),
gone_preferences AS (
  DELETE FROM preferences WHERE user_id = $1
)
UPDATE notification
SET recipient = '', parameters = '{}', subject = '', body = '', last_error = '',
  state = CASE WHEN state IN ('QUEUED', 'SENDING') THEN 'SUPPRESSED' ELSE state END,
  due_time = NULL,
  update_time = clock_timestamp(),
  position = NULL
WHERE user_id = $1
