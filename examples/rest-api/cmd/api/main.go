// Command api keeps events, each at a time in the zone of its place.
//
//	api            serve on $PORT (default 8080) until SIGTERM or SIGINT
//	api migrate    bring the database's schema up to date, and end
//	api version    print what was built
//
// internal/config has the other variables.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"example.com/rest-api/internal/config"
	"example.com/rest-api/internal/store"
)

// Set by the linker: -X main.version=… -X main.commit=…
var (
	version = "dev"
	commit  = "none"
)

var errUsage = errors.New("usage: api [migrate | version]")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		slog.Error("api stopped", "error", err)
		os.Exit(1)
	}
}

// run is main without the globals, so that tests can call it.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return configured(ctx, stdout, serve)
	}
	if len(args) > 1 {
		return errUsage
	}
	switch args[0] {
	case "migrate":
		return configured(ctx, stdout, migrate)
	case "version":
		_, err := fmt.Fprintf(stdout, "api %s (commit %s)\n", version, commit)
		return err
	default:
		return errUsage
	}
}

// configured does something with what the environment says.
func configured(
	ctx context.Context, stdout io.Writer, do func(context.Context, config.Config, *slog.Logger) error,
) error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stdout, &slog.HandlerOptions{Level: cfg.LogLevel}))
	slog.SetDefault(log)
	return do(ctx, cfg, log)
}

func migrate(ctx context.Context, cfg config.Config, log *slog.Logger) error {
	events, err := store.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	defer events.Close()
	steps, err := events.Migrate(ctx, os.DirFS(cfg.MigrationsDir))
	if err != nil {
		return err
	}
	log.Info("migrated", "steps", steps)
	return nil
}
