-- A single event larger than what goes in one message would hold up all that follow it. What is there already stays.
ALTER TABLE outbox
ADD CONSTRAINT outbox_payload_fits CHECK (octet_length(payload::text) <= 2097152) NOT VALID;
