package main

import (
	"io"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	tests := map[string]string{
		"-local Hello World": "hello-world\n",
		"-version":           "dev\n",
	}
	for args, want := range tests {
		var out strings.Builder
		if err := run(t.Context(), strings.Fields(args), &out); err != nil || out.String() != want {
			t.Errorf("%s: got %q, %v", args, out.String(), err)
		}
	}
	if err := run(t.Context(), []string{"-api", "http://127.0.0.1:1", "text"}, io.Discard); err == nil {
		t.Error("no API, yet no error")
	}
}
