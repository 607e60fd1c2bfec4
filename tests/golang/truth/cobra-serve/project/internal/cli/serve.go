package cli

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/lib/pq"
	"github.com/spf13/cobra"
)

func serveCmd() *cobra.Command {
	var port uint16
	cmd := &cobra.Command{
		Use:     "serve",
		Aliases: []string{"server"},
		Short:   "answer requests",
		RunE:    func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), port) },
	}
	cmd.Flags().Uint16VarP(&port, "port", "p", 7070, "port to listen on")
	return cmd
}

func serve(ctx context.Context, port uint16) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := db.PingContext(r.Context()); err != nil {
			http.Error(w, "no database", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /books/{id}", func(w http.ResponseWriter, r *http.Request) {
		var title string
		row := db.QueryRowContext(r.Context(), "SELECT title FROM books WHERE id = $1", r.PathValue("id"))
		if err := row.Scan(&title); err != nil {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintln(w, title)
	})
	server := http.Server{Addr: fmt.Sprintf("0.0.0.0:%d", port), Handler: mux}
	failed := make(chan error)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.Background(), 25*time.Second)
		defer cancel()
		return server.Shutdown(grace)
	}
}

func healthCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "healthcheck",
		Short: "ask a running server",
		RunE: func(cmd *cobra.Command, _ []string) error {
			res, err := http.Get("http://127.0.0.1:7070/healthz")
			if err != nil {
				return err
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("status %d", res.StatusCode)
			}
			return nil
		},
	}
}
