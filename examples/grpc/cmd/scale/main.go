// Command scale answers gRPC calls about weights.
//
//	scale                serve on $GRPC_ADDR (default :50051) until SIGTERM or SIGINT
//	scale healthcheck    ask the service on $GRPC_ADDR whether it is well; exit 1 when it is not
//	scale version        print what was built
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

// Set by the linker: -X main.version=…
var version = "dev"

var errUsage = errors.New("usage: scale [healthcheck | version]")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	stop()
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		slog.Error("scale stopped", "error", err)
		os.Exit(1)
	}
}

// run is main without the globals, so that tests can call it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	addr := cmp.Or(getenv("GRPC_ADDR"), ":50051")
	if len(args) == 0 {
		return serve(ctx, addr, slog.New(slog.NewJSONHandler(stdout, nil)))
	}
	if len(args) > 1 {
		return errUsage
	}
	switch args[0] {
	case "healthcheck":
		return healthcheck(ctx, addr)
	case "version":
		_, err := fmt.Fprintf(stdout, "scale %s\n", version)
		return err
	default:
		return errUsage
	}
}
