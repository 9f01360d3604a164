-- Who took the step: as long as he is at it he keeps it, whatever it takes. Null: nobody has it.
ALTER TABLE part ADD COLUMN owner text;
