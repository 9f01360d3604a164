-- Takes drafts out for good; those that another has taken meanwhile are not among the answer
DELETE FROM draft WHERE id = ANY ($1::bigint[]) RETURNING id
