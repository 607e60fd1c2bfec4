package event

import (
	"strings"
	"testing"
	"time"
)

func TestNewKnowsSummerTime(t *testing.T) {
	tests := map[string]string{
		"2026-03-28T10:00": "2026-03-28T10:00:00+01:00",
		"2026-03-29T10:00": "2026-03-29T10:00:00+02:00",
	}
	for starts, want := range tests {
		got, err := New(" Retro ", starts, "Europe/Zurich")
		if err != nil || got.Title != "Retro" || got.Starts.Format(time.RFC3339) != want {
			t.Errorf("%s: got %+v, %v", starts, got, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct{ title, starts, zone, says string }{
		{" ", "2026-03-28T10:00", "UTC", "title"},
		{"Retro", "tomorrow", "UTC", "tomorrow"},
		{"Retro", "2026-03-28T10:00", "", "zone"},
		{"Retro", "2026-03-28T10:00", "Local", "zone"},
		{"Retro", "2026-03-28T10:00", "Moon/Tycho", "Moon/Tycho"},
	}
	for _, test := range tests {
		if _, err := New(test.title, test.starts, test.zone); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: got %v", test, err)
		}
	}
}

func TestHere(t *testing.T) {
	stored := Event{Starts: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC), Zone: "Asia/Kathmandu"}
	got, err := stored.Here()
	if err != nil || got.Starts.Format(time.RFC3339) != "2026-07-01T13:45:00+05:45" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := (Event{Zone: "Moon/Tycho"}).Here(); err == nil {
		t.Error("an unknown zone is accepted")
	}
}
