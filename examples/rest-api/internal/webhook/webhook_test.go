package webhook

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/rest-api/internal/event"
)

func TestCreatedIsPosted(t *testing.T) {
	type call struct {
		authorization string
		body          map[string]any
	}
	calls := make(chan call, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got := call{authorization: r.Header.Get("Authorization")}
		if err := json.NewDecoder(r.Body).Decode(&got.body); err != nil {
			t.Error(err)
		}
		calls <- got
	}))
	defer server.Close()
	hook := New(server.URL, "s3cret", slog.New(slog.DiscardHandler))
	hook.client.Transport = server.Client().Transport
	hook.Created(t.Context(), event.Event{ID: 7, Title: "Retro"})
	hook.Wait()
	got := <-calls
	sent, _ := got.body["event"].(map[string]any)
	if got.authorization != "Bearer s3cret" || got.body["kind"] != "created" || sent["title"] != "Retro" {
		t.Errorf("got %+v", got)
	}
}

func TestFailuresAreLogged(t *testing.T) {
	ill := httptest.NewTLSServer(http.NotFoundHandler())
	defer ill.Close()
	var log bytes.Buffer
	hook := New(ill.URL, "", slog.New(slog.NewTextHandler(&log, nil)))
	hook.Created(t.Context(), event.Event{})
	hook.Wait()
	if !strings.Contains(log.String(), "certificate") {
		t.Errorf("an unknown certificate: %s", &log)
	}
	hook.client.Transport = ill.Client().Transport
	hook.Created(t.Context(), event.Event{})
	hook.Wait()
	if !strings.Contains(log.String(), "404") {
		t.Errorf("an ill server: %s", &log)
	}
}

func TestNoURL(t *testing.T) {
	var log bytes.Buffer
	hook := New("", "", slog.New(slog.NewTextHandler(&log, nil)))
	hook.Created(t.Context(), event.Event{})
	hook.Wait()
	if log.Len() != 0 {
		t.Errorf("got %s", &log)
	}
}
