-- +goose Up
CREATE TABLE books (id BIGSERIAL PRIMARY KEY, title TEXT NOT NULL);
-- +goose Down
DROP TABLE books;
