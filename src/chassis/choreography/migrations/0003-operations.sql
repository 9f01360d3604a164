-- Since when the step is due: attempts at it do not change that.
ALTER TABLE part ADD COLUMN step_time timestamptz;
UPDATE part SET step_time = update_time WHERE step IS NOT NULL;

-- What operators did to parts.
CREATE TABLE part_action (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  part text NOT NULL,
  subject text NOT NULL,
  command text NOT NULL,
  step text NOT NULL,
  -- A user id; "internal" for a call without a token.
  actor text NOT NULL,
  reason text NOT NULL,
  action_time timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX part_action_subject ON part_action (part, subject, id);
