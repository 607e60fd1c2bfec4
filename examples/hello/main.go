// Command hello is a small HTTP service made of the standard library alone.
//
//	hello                serve on $ADDR (default :8080) until SIGTERM or SIGINT
//	hello version        print what was built
//	hello healthcheck    ask the service on $ADDR for /health; exit 1 when it is not well
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// Set by the linker: -X main.version=… -X main.commit=… -X main.date=…
var (
	version = "dev"
	commit  = "none"
	date    = "unknown"
)

var errUsage = errors.New("usage: hello [version | healthcheck]")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	stop()
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		slog.Error("hello stopped", "error", err)
		os.Exit(1)
	}
}

// run is main without the globals, so that tests can call it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	addr := cmp.Or(getenv("ADDR"), ":8080")
	if len(args) == 0 {
		log := slog.New(slog.NewJSONHandler(stdout, nil))
		return serve(ctx, addr, log)
	}
	if len(args) > 1 {
		return errUsage
	}
	switch args[0] {
	case "version":
		_, err := fmt.Fprintf(stdout, "hello %s (commit %s, built %s)\n", version, commit, date)
		return err
	case "healthcheck":
		return healthcheck(ctx, addr)
	default:
		return errUsage
	}
}
