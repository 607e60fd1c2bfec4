package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"example.com/grpc/internal/scalepb"
)

func noEnv(string) string { return "" }

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version"}, noEnv, &out); err != nil {
		t.Fatal(err)
	}
	if want := "scale dev\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"serve"}, {"version", "now"}} {
		if err := run(t.Context(), args, noEnv, io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("%v: got %v", args, err)
		}
	}
}

func TestTarget(t *testing.T) {
	tests := map[string]string{
		":50051":       "localhost:50051",
		"0.0.0.0:80":   "localhost:80",
		"[::]:80":      "localhost:80",
		"[::1]:80":     "[::1]:80",
		"10.0.0.1:443": "10.0.0.1:443",
	}
	for addr, want := range tests {
		if got, err := target(addr); err != nil || got != want {
			t.Errorf("%s: got %q, %v", addr, got, err)
		}
	}
	if _, err := target("50051"); err == nil {
		t.Error("an address without a colon is accepted")
	}
}

// running is a service on a free port.
type running struct {
	addr  string
	stop  context.CancelFunc
	ended chan error
}

func start(t *testing.T) running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveOn(ctx, listener, slog.New(slog.DiscardHandler)) }()
	return running{listener.Addr().String(), stop, ended}
}

func TestHealthcheck(t *testing.T) {
	service := start(t)
	if err := healthcheck(t.Context(), service.addr); err != nil {
		t.Error(err)
	}
	service.stop()
	if err := <-service.ended; err != nil {
		t.Error(err)
	}
	if err := healthcheck(t.Context(), service.addr); err == nil {
		t.Error("no service, yet healthy")
	}
}

// A stream that is open when the signal comes is read to its end and answered.
func TestGracefulStop(t *testing.T) {
	service := start(t)
	connection, err := grpc.NewClient(service.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	client := scalepb.NewScaleServiceClient(connection)
	stream, err := client.Summarize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reading := &scalepb.SummarizeRequest{Gross: &scalepb.Weight{Value: 2, Unit: scalepb.Unit_UNIT_GRAM}}
	if err := stream.Send(reading); err != nil {
		t.Fatal(err)
	}
	// One connection carries both calls in order: when the second is answered, the first is there.
	call := &scalepb.ConvertRequest{Weight: reading.GetGross(), Unit: scalepb.Unit_UNIT_GRAM}
	if _, err := client.Convert(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	service.stop()
	if err := stream.Send(reading); err != nil {
		t.Error(err)
	}
	if got, err := stream.CloseAndRecv(); err != nil || got.GetCount() != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	if err := <-service.ended; err != nil {
		t.Error(err)
	}
}
