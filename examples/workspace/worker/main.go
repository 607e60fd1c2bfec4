// Command worker takes jobs from the API at $API (default http://localhost:8080) and does them.
package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/workspace/shared/client"
	"example.com/workspace/shared/job"
)

const pause = time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	work(ctx, client.Client{Base: cmp.Or(os.Getenv("API"), "http://localhost:8080")}.Take)
}

// work does the jobs that take returns until ctx is done, with a pause when there is none.
func work(ctx context.Context, take func(context.Context) (job.Job, error)) {
	for ctx.Err() == nil {
		next, err := take(ctx)
		if err == nil {
			slog.Info("done", "job", next.ID, "slug", next.Slug())
			continue
		}
		if !errors.Is(err, job.ErrEmpty) && ctx.Err() == nil {
			slog.Warn("the API does not answer", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
