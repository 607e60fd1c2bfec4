package job

import (
	"errors"
	"testing"
)

func TestSlug(t *testing.T) {
	tests := map[string]string{
		"Hello, World!": "hello-world",
		"  Go 1.24  ":   "go-1-24",
		"?!":            "",
	}
	for text, want := range tests {
		if got := (Job{Text: text}).Slug(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestQueueKeepsOrder(t *testing.T) {
	var queue Queue
	for _, text := range []string{"one", "two"} {
		if _, err := queue.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	for id, text := range []string{"one", "two"} {
		if got, err := queue.Take(); err != nil || got != (Job{ID: id + 1, Text: text}) {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if _, err := queue.Take(); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty queue: %v", err)
	}
	if _, err := queue.Add(" "); err == nil {
		t.Error("a job without text is accepted")
	}
}
