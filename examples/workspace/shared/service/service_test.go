package service

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestHealthBesideTheService(t *testing.T) {
	handler := withHealth(http.NotFoundHandler())
	for target, want := range map[string]int{"/health": 200, "/jobs": 404} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest("GET", target, nil))
		if recorder.Code != want {
			t.Errorf("%s: got %d, want %d", target, recorder.Code, want)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, "test", "127.0.0.1:0", http.NotFoundHandler()); err != nil && ctx.Err() == nil {
		t.Error(err)
	}
	if err := Run(t.Context(), "test", "nowhere", http.NotFoundHandler()); err == nil {
		t.Error("it listens on an address that is none")
	}
}
