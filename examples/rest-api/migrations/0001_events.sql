CREATE TABLE events (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title  TEXT        NOT NULL CHECK (title <> ''),
    starts TIMESTAMPTZ NOT NULL,
    zone   TEXT        NOT NULL
);
