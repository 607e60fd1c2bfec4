package main

import (
	"errors"
	"net/http/httptest"
	"testing"

	"example.com/workspace/shared/client"
	"example.com/workspace/shared/job"
)

func TestJobsGoThrough(t *testing.T) {
	server := httptest.NewServer(handler(&job.Queue{}))
	defer server.Close()
	api := client.Client{Base: server.URL}
	want := job.Job{ID: 1, Text: "A text"}
	if added, err := api.Add(t.Context(), "A text"); err != nil || added != want {
		t.Errorf("got %v, %v", added, err)
	}
	if taken, err := api.Take(t.Context()); err != nil || taken != want {
		t.Errorf("got %v, %v", taken, err)
	}
	if _, err := api.Take(t.Context()); !errors.Is(err, job.ErrEmpty) {
		t.Errorf("an empty queue: %v", err)
	}
	if _, err := api.Add(t.Context(), ""); err == nil {
		t.Error("a job without text is accepted")
	}
}
