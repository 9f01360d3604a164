-- Adds what was heard to the parts, and locks them. $1 the part's name, $2 what was heard as JSON, each subject once
INSERT INTO part (name, subject, heard, brief, trace_parent)
SELECT $1, h.subject, h.heard, h.brief, h.trace_parent
FROM jsonb_to_recordset($2::jsonb) AS h (subject text, heard text[], brief jsonb, trace_parent text)
ORDER BY h.subject
ON CONFLICT (name, subject) DO UPDATE
SET heard = (SELECT array_agg(DISTINCT t.type) FROM unnest(part.heard || excluded.heard) AS t (type)),
    brief = part.brief || excluded.brief,
    trace_parent = coalesce(part.trace_parent, excluded.trace_parent)
RETURNING subject, heard, brief, said, step, attempts, last_event, trace_parent
