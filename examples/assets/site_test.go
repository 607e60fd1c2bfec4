package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
)

func newTestSite(t *testing.T) *site {
	t.Helper()
	site, err := newSite("templates", "migrations")
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func do(s *site, method, target, body string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	s.handler().ServeHTTP(recorder, request)
	return recorder
}

func TestAnswers(t *testing.T) {
	site := newTestSite(t)
	tests := []struct {
		method, target, body string
		status               int
		contains             string
	}{
		{"GET", "/", "", 200, "001_create.sql"},
		{"GET", "/health", "", 200, "ok"},
		{"GET", "/static/style.css", "", 200, "font-family"},
		{"GET", "/time?zone=Europe/Zurich", "", 200, "Europe/Zurich"},
		{"GET", "/time?zone=Moon/Tycho", "", 400, "Moon/Tycho"},
		{"GET", "/fetch?url=http://localhost", "", 400, "https"},
		{"POST", "/upload", "12345", 200, "5"},
	}
	for _, test := range tests {
		got := do(site, test.method, test.target, test.body)
		if got.Code != test.status || !strings.Contains(got.Body.String(), test.contains) {
			t.Errorf("%s %s: got %d %q", test.method, test.target, got.Code, got.Body)
		}
	}
}

func TestFetchTrusts(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	target := "/fetch?url=" + url.QueryEscape(server.URL)
	site := newTestSite(t)
	if got := do(site, "GET", target, ""); got.Code != http.StatusInternalServerError {
		t.Errorf("an unknown certificate: got %d %q", got.Code, got.Body)
	}
	site.client = server.Client()
	if got := do(site, "GET", target, ""); got.Body.String() != "404 Not Found\n" {
		t.Errorf("a trusted certificate: got %d %q", got.Code, got.Body)
	}
}

func TestUploadLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	site := newTestSite(t)
	if got := do(site, "POST", "/upload", strings.Repeat("x", mostUploaded+1)); got.Code != 400 {
		t.Errorf("too much: got %d", got.Code)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestMissingFiles(t *testing.T) {
	for _, folders := range [][2]string{{"nowhere", "migrations"}, {"templates", "nowhere"}} {
		if _, err := newSite(folders[0], folders[1]); err == nil {
			t.Errorf("%v: no error", folders)
		}
	}
}
