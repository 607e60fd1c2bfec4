// Command api takes jobs in over HTTP and hands them to workers.
package main

import (
	"cmp"
	"encoding/json"
	"net/http"
	"os"

	"example.com/workspace/shared/job"
	"example.com/workspace/shared/service"
)

func main() {
	service.Main("api", cmp.Or(os.Getenv("ADDR"), ":8080"), handler(&job.Queue{}))
}

func handler(queue *job.Queue) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /jobs", func(w http.ResponseWriter, r *http.Request) {
		var wanted job.Job
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&wanted); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		added, err := queue.Add(wanted.Text)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		answer(w, http.StatusCreated, added)
	})
	mux.HandleFunc("DELETE /jobs/next", func(w http.ResponseWriter, _ *http.Request) {
		oldest, err := queue.Take()
		if err != nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(w, http.StatusOK, oldest)
	})
	return mux
}

func answer(w http.ResponseWriter, status int, body job.Job) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
