UPDATE shipment SET quiet_looks = 0, next_track_time = now() + $2 * interval '1 millisecond' WHERE id = $1
