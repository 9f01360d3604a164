SELECT *
FROM catalogue_entry
WHERE id = ANY ($1::uuid[])
