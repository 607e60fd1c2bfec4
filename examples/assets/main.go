// Command assets needs more at run time than its binary: templates and migrations on disk, time
// zones, certificates to trust and a folder for temporary files.
package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const stopTimeout = 8 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Getenv)
	stop()
	if err != nil {
		slog.Error("assets stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string) error {
	site, err := newSite(
		cmp.Or(getenv("TEMPLATES"), "templates"),
		cmp.Or(getenv("MIGRATIONS"), "migrations"),
	)
	if err != nil {
		return err
	}
	return serve(ctx, cmp.Or(getenv("ADDR"), ":8080"), site.handler())
}

func serve(ctx context.Context, addr string, handler http.Handler) error {
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopCtx); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
