// Package web makes the server.
package web

import "net/http"

// New returns a server behind a proxy that buffers requests.
func New(addr string) *http.Server {
	// gotare: ignore=server-without-timeouts the proxy has limits
	return &http.Server{Addr: addr}
}
