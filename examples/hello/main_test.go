package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

var quiet = slog.New(slog.DiscardHandler)

func noEnv(string) string { return "" }

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version"}, noEnv, &out); err != nil {
		t.Fatal(err)
	}
	if want := "hello dev (commit none, built unknown)\n"; out.String() != want {
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

func TestRoutes(t *testing.T) {
	tests := []struct {
		method, target string
		status         int
		body           string
	}{
		{"GET", "/", 200, "Hello, world!\n"},
		{"GET", "/?name=Gopher", 200, "Hello, Gopher!\n"},
		{"GET", "/health", 200, `{"status":"ok","version":"dev"}` + "\n"},
		{"GET", "/other", 404, "404 page not found\n"},
		{"POST", "/health", 405, "Method Not Allowed\n"},
	}
	for _, test := range tests {
		t.Run(test.method+test.target, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			handler(quiet).ServeHTTP(recorder, httptest.NewRequest(test.method, test.target, nil))
			if recorder.Code != test.status || recorder.Body.String() != test.body {
				t.Errorf("got %d %q", recorder.Code, recorder.Body)
			}
		})
	}
}

func TestHealthURL(t *testing.T) {
	tests := map[string]string{
		":8080":        "http://localhost:8080/health",
		"0.0.0.0:80":   "http://localhost:80/health",
		"[::]:80":      "http://localhost:80/health",
		"[::1]:80":     "http://[::1]:80/health",
		"10.0.0.1:443": "http://10.0.0.1:443/health",
	}
	for addr, want := range tests {
		if got, err := healthURL(addr); err != nil || got != want {
			t.Errorf("%s: got %q, %v", addr, got, err)
		}
	}
	if _, err := healthURL("8080"); err == nil {
		t.Error("an address without a colon is accepted")
	}
}

func TestHealthcheckFails(t *testing.T) {
	ill := httptest.NewServer(http.NotFoundHandler())
	addr := strings.TrimPrefix(ill.URL, "http://")
	if err := healthcheck(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("an ill service: %v", err)
	}
	ill.Close()
	if err := healthcheck(t.Context(), addr); err == nil {
		t.Error("no service, yet healthy")
	}
}

// A request in flight when the signal comes is answered; the service then ends without error.
func TestGracefulStop(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	started, finish := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-finish
		fmt.Fprint(w, "done")
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveOn(ctx, listener, slow, quiet) }()

	answer := make(chan string, 1)
	go func() { answer <- get(t, url) }()
	<-started
	stop()
	close(finish)
	if got := <-answer; got != "done" {
		t.Errorf("the request in flight got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := healthcheck(t.Context(), listener.Addr().String()); err == nil {
		t.Error("it still answers")
	}
}

func get(t *testing.T, url string) string {
	response, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}
