-- Drafts, and how long the oldest has waited
SELECT count(*) AS drafts, extract(epoch FROM clock_timestamp() - min(create_time))::float8 AS oldest_seconds
FROM draft
