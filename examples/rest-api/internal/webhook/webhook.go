// Package webhook tells somebody else's server about new events.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"example.com/rest-api/internal/event"
)

const timeout = 5 * time.Second

// Hook calls a URL in the background.
type Hook struct {
	url, token string
	client     *http.Client
	log        *slog.Logger
	calls      sync.WaitGroup
}

// New returns a hook that posts to url, with token as its bearer token if there is one. An empty
// url makes a hook that calls nobody.
func New(url, token string, log *slog.Logger) *Hook {
	return &Hook{url: url, token: token, client: &http.Client{Timeout: timeout}, log: log}
}

// Created tells about a new event and does not wait for the answer.
func (h *Hook) Created(ctx context.Context, e event.Event) {
	if h.url == "" {
		return
	}
	ctx = context.WithoutCancel(ctx)
	h.calls.Go(func() {
		if err := h.post(ctx, e); err != nil {
			h.log.Warn("the webhook failed", "event", e.ID, "error", err)
		}
	})
}

// Wait returns when no call is running any more.
func (h *Hook) Wait() { h.calls.Wait() }

func (h *Hook) post(ctx context.Context, e event.Event) error {
	body, err := json.Marshal(map[string]any{"kind": "created", "event": e})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if h.token != "" {
		request.Header.Set("Authorization", "Bearer "+h.token)
	}
	response, err := h.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}
