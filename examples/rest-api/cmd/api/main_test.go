package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version"}, &out); err != nil {
		t.Fatal(err)
	}
	if want := "api dev (commit none)\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"serve"}, {"version", "now"}, {"migrate", "down"}} {
		if err := run(t.Context(), args, io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("%v: got %v", args, err)
		}
	}
}

func TestBadEnvironment(t *testing.T) {
	for _, args := range [][]string{nil, {"migrate"}} {
		if err := run(t.Context(), args, io.Discard); err == nil || !strings.Contains(err.Error(), "DATABASE_URL") {
			t.Errorf("%v without a database: got %v", args, err)
		}
	}
	t.Setenv("DATABASE_URL", "not a URL")
	for _, args := range [][]string{nil, {"migrate"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%v with a bad URL: no error", args)
		}
	}
}

// When one server cannot listen the others stop too, and the reason is told.
func TestServeAllFailsAsOne(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	servers := []*http.Server{{Addr: "127.0.0.1:0"}, {Addr: taken.Addr().String()}}
	if err := serveAll(t.Context(), servers); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
}

func TestServeAllEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(10*time.Millisecond, cancel)
	defer timer.Stop()
	if err := serveAll(ctx, []*http.Server{newServer("127.0.0.1:0", http.NotFoundHandler(), slog.New(slog.DiscardHandler))}); err != nil {
		t.Error(err)
	}
}
