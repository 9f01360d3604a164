-- Whether a partition was told where its publisher's log begins. At position 0 one that was not begins with the oldest event that is kept; one that
-- was stood there when nothing had been dropped, and has missed what was dropped since.
ALTER TABLE inbox_partition ADD COLUMN begun boolean NOT NULL DEFAULT false;
UPDATE inbox_partition SET begun = true WHERE position > 0;
