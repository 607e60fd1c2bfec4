-- +goose Up
CREATE TABLE books (id BIGSERIAL PRIMARY KEY);
-- +goose Down
DROP TABLE books;
