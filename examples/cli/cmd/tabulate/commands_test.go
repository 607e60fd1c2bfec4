package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tabulate runs the program in a folder with a few files.
func tabulate(t *testing.T, args ...string) (string, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	files := map[string]string{
		"good.csv":  "city,people\nBern,134000\n",
		"bad.csv":   "city,people\nBern\n",
		"list.tmpl": "{{ range .Rows }}- {{ index . 0 }}\n{{ end }}",
		"bad.tmpl":  "{{ .Nothing }}",
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	err := root.Execute()
	return out.String(), err
}

func TestPrints(t *testing.T) {
	tests := map[string]string{
		"version":                              "tabulate dev\n",
		"render good.csv":                      "| city | people |\n|------|--------|\n| Bern | 134000 |\n",
		"render --template=list.tmpl good.csv": "- Bern\n",
		"check good.csv good.csv":              strings.Repeat("good.csv: 2 columns, 1 rows\n", 2),
	}
	for args, want := range tests {
		if got, err := tabulate(t, strings.Fields(args)...); err != nil || got != want {
			t.Errorf("%s: got %q, %v", args, got, err)
		}
	}
}

func TestBadFiles(t *testing.T) {
	tests := map[string]string{
		"check good.csv bad.csv":       "bad.csv: record on line 2",
		"render nowhere.csv":           "nowhere.csv: no such file",
		"render good.csv -t none.tmpl": "none.tmpl: no such file",
		"render good.csv -t bad.tmpl":  "bad.tmpl: template:",
	}
	for args, says := range tests {
		_, err := tabulate(t, strings.Fields(args)...)
		var bad badFile
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%s: got %v", args, err)
		}
	}
	if _, err := tabulate(t, "check", filepath.Dir(".")); err == nil {
		t.Error("a folder is a file in order")
	}
}

func TestBadCalls(t *testing.T) {
	for _, args := range []string{"render", "check", "version now", "fly", "render --wings good.csv"} {
		_, err := tabulate(t, strings.Fields(args)...)
		var bad badFile
		if err == nil || errors.As(err, &bad) {
			t.Errorf("%s: got %v", args, err)
		}
	}
}
