-- Windows that are over. $1 milliseconds since the epoch
DELETE FROM rate_limit
WHERE expire <= $1
