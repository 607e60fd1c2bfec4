// Package event holds what the service is about: a title, a time, and the zone of its place.
package event

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNotFound says that there is no event with that number.
var ErrNotFound = errors.New("no such event")

// Layout is how people say when an event starts: on the clock at its place.
const Layout = "2006-01-02T15:04"

// Event is one event. Starts is in the zone of its place.
type Event struct {
	ID     int64     `json:"id"`
	Title  string    `json:"title"`
	Starts time.Time `json:"starts"`
	Zone   string    `json:"zone"`
}

// New makes an event of what somebody typed. The error is for whoever typed it.
func New(title, starts, zone string) (Event, error) {
	title = strings.TrimSpace(title)
	if title == "" {
		return Event{}, errors.New("an event needs a title")
	}
	location, err := location(zone)
	if err != nil {
		return Event{}, err
	}
	at, err := time.ParseInLocation(Layout, starts, location)
	if err != nil {
		return Event{}, fmt.Errorf("starts %q: write it as %s", starts, Layout)
	}
	return Event{Title: title, Starts: at, Zone: zone}, nil
}

// Here returns the event with its time in its own zone, as a database does not keep it.
func (e Event) Here() (Event, error) {
	location, err := location(e.Zone)
	if err != nil {
		return Event{}, err
	}
	e.Starts = e.Starts.In(location)
	return e, nil
}

// location refuses "" and "Local", which mean the zone of this machine.
func location(zone string) (*time.Location, error) {
	if zone == "" || zone == "Local" {
		return nil, errors.New("an event needs a zone, such as Europe/Zurich")
	}
	return time.LoadLocation(zone)
}
