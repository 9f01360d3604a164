UPDATE preferences
SET muted_channels = $2, muted_categories = $3, locale = $4, version = version + 1, update_time = clock_timestamp()
WHERE user_id = $1
RETURNING *
