// Package events publishes events.
package events

import (
	"net/http"
	"strings"
)

// Publish sends one event.
func Publish(bus, text string) error {
	res, err := http.Post(bus, "text/plain", strings.NewReader(text))
	if err != nil {
		return err
	}
	return res.Body.Close()
}
