-- Lets go, so that another replica can take over at once. $1 courier, $2 token
UPDATE relay
SET owner = NULL, expire_time = NULL
WHERE courier = $1 AND token = $2
