// Package web makes the server.
package web

import (
	"net/http"
	"time"
)

// New returns a server. Its name is Grüße 🚢.
func New(addr string) *http.Server {
	/* 🚢 */ return &http.Server{Addr: addr, WriteTimeout: time.Minute}
}
