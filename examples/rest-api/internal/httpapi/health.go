package httpapi

import (
	"net/http"
)

// live says that the program runs. What it needs may be away: a restart would not bring it back.
func (a api) live(w http.ResponseWriter, _ *http.Request) {
	_ = writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready says whether everything is there that requests need.
func (a api) ready(w http.ResponseWriter, r *http.Request) {
	status, found := http.StatusOK, map[string]string{}
	for name, check := range a.Ready {
		found[name] = "ok"
		if err := check(r.Context()); err != nil {
			a.Log.Warn("not ready", "part", name, "error", err)
			status, found[name] = http.StatusServiceUnavailable, "failed"
		}
	}
	_ = writeJSON(w, status, found)
}
