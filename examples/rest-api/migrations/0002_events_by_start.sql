CREATE INDEX events_by_start ON events (starts, id);
