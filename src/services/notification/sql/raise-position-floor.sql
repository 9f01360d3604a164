UPDATE position_floor SET position = $1 WHERE position < $1
