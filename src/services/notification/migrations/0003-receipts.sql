-- A message that was taken may still turn out to be undeliverable: it was sent, and has FAILED.
ALTER TABLE notification DROP CONSTRAINT notification_check1;
ALTER TABLE notification ADD CONSTRAINT notification_sent CHECK (state NOT IN ('SENT', 'DELIVERED') OR send_time IS NOT NULL);

-- Messages whose provider will say what became of them. A table of its own: a look in vain would otherwise write the message again.
CREATE TABLE awaited_receipt (
  notification_id uuid PRIMARY KEY REFERENCES notification ON DELETE CASCADE,
  -- The provider's name for the message.
  reference text NOT NULL,
  looks integer NOT NULL DEFAULT 0,
  due_time timestamptz NOT NULL,
  -- Then nobody asks any more, and the message stays SENT.
  end_time timestamptz NOT NULL
);
CREATE INDEX awaited_receipt_due ON awaited_receipt (due_time);
