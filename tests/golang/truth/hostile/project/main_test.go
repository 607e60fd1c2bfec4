package main

import (
	"net/http"
	"os"
	"testing"
)

func TestNothing(t *testing.T) {
	go http.ListenAndServe(":7005", nil)
	t.Log(os.Getenv("ONLY_IN_TESTS"))
}
