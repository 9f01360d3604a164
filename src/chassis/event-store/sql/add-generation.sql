-- $1 tables, $2 generation
SELECT add_generation($1::text[], $2::integer)
