-- The types of events that a member handles; none: it is of a version that did not say.
ALTER TABLE inbox_member ADD COLUMN types text[] NOT NULL DEFAULT '{}';

-- Whether a member that handles these types leaves the reading to others, because one of them handles all of these and more: it is of a newer
-- release, and what the older one passed over would never be handled.
CREATE FUNCTION stands_aside(of_consumer text, of_source text, handled text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT
    FROM inbox_member
    WHERE consumer = of_consumer AND source = of_source AND expire_time > clock_timestamp()
      AND types @> handled AND NOT types <@ handled
  )
$$;
