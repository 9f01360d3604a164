-- $1 name, $2 tables
SELECT drop_other_generations($1::text, $2::text[])
