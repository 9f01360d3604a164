-- $1, $2 how many days outbox and inbox keep. Gives how many days of each went
SELECT
  drop_event_days('outbox', clock_timestamp() - make_interval(days => $1::integer)) AS outbox,
  drop_event_days('inbox', clock_timestamp() - make_interval(days => $2::integer)) AS inbox
