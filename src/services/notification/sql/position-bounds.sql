-- floor: what lies below may be gone. newest: the highest that is in use now.
SELECT floor.position AS floor, greatest(floor.position, (SELECT max(position) FROM notification)) AS newest
FROM position_floor AS floor
