package main

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// Compiled into the binary: nothing of it is needed on disk.
//
//go:embed static
var static embed.FS

const (
	fetchTimeout = 10 * time.Second
	mostUploaded = 10 << 20
)

type site struct {
	pages      *template.Template
	migrations []string
	client     *http.Client
}

// newSite reads everything that must be on disk, so that a broken image fails when it starts.
func newSite(templates, migrations string) (*site, error) {
	pages, err := template.ParseGlob(filepath.Join(templates, "*.html"))
	if err != nil {
		return nil, err
	}
	steps, err := filepath.Glob(filepath.Join(migrations, "*.sql"))
	if err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("no migrations in %s", migrations)
	}
	return &site{pages, steps, &http.Client{Timeout: fetchTimeout}}, nil
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.FileServerFS(static))
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `{"status":"ok"}`)
	})
	mux.HandleFunc("GET /{$}", answered(s.index))
	mux.HandleFunc("GET /time", answered(s.time))
	mux.HandleFunc("GET /fetch", answered(s.fetch))
	mux.HandleFunc("POST /upload", answered(s.upload))
	return mux
}

// badRequest is an error that the client made.
type badRequest struct{ error }

// answered turns an error into a status.
func answered(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		var bad badRequest
		switch {
		case errors.As(err, &bad):
			http.Error(w, err.Error(), http.StatusBadRequest)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

func (s *site) index(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return s.pages.ExecuteTemplate(w, "index.html", s.migrations)
}

// time tells the time in a zone, for which time.LoadLocation needs the zone's data.
func (s *site) time(w http.ResponseWriter, r *http.Request) error {
	zone, err := time.LoadLocation(r.FormValue("zone"))
	if err != nil {
		return badRequest{err}
	}
	_, err = fmt.Fprintln(w, time.Now().In(zone).Format(time.RFC3339), zone)
	return err
}

// fetch asks an https server for its status, for which the client needs certificates to trust.
func (s *site) fetch(w http.ResponseWriter, r *http.Request) error {
	target, err := url.Parse(r.FormValue("url"))
	if err != nil {
		return badRequest{err}
	}
	if target.Scheme != "https" {
		return badRequest{errors.New("url must begin with https://")}
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, target.String(), nil)
	if err != nil {
		return badRequest{err}
	}
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = fmt.Fprintln(w, response.Status)
	return err
}

// upload counts the bytes of a body by way of a temporary file, for which /tmp must be writable.
func (s *site) upload(w http.ResponseWriter, r *http.Request) (err error) {
	file, err := os.CreateTemp("", "upload-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	size, err := io.Copy(file, http.MaxBytesReader(w, r.Body, mostUploaded))
	if err != nil {
		return badRequest{err}
	}
	_, err = fmt.Fprintln(w, size)
	return err
}
