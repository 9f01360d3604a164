-- $1 user; $2 since when
SELECT coalesce(sum(points), 0)::bigint AS points FROM purchase WHERE user_id = $1 AND confirm_time > $2
