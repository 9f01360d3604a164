-- $1 the order, $2 how long it may gather, in milliseconds, $3 the trace it is part of
INSERT INTO checkout (order_id, phase, deadline, trace_parent)
VALUES ($1, 'GATHERING', clock_timestamp() + $2::bigint * interval '1 millisecond', $3)
