-- $1 action, $2 consumer, $3 source, $4 actor, $5 reason, $6 detail as JSON
INSERT INTO consumer_action (action, consumer, source, actor, reason, detail)
VALUES ($1, $2, $3, $4, $5, $6::jsonb)
