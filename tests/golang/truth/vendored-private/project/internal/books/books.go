// Package books keeps the books.
package books

import (
	"net/http"

	"git.corp.example/platform/events"
)

//go:generate go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.27.0 generate
//go:generate mockgen -source=books.go -destination=mocks/books.go

// Kind is a kind of entry.
type Kind int

// The kinds.
const (
	Debit Kind = iota
	Credit
)

// Handler answers requests for entries.
func Handler(bus string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/entries", func(w http.ResponseWriter, r *http.Request) {
		if err := events.Publish(bus, Credit.String()); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
	return mux
}
