package table

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	tests := map[string]string{
		"a,b\n": "| a | b |\n|---|---|\n",
		"city,people\nZürich,440000\nBern,\n": "| city   | people |\n|--------|--------|\n" +
			"| Zürich | 440000 |\n| Bern   |        |\n",
		"x\n\"a|b\nc\"\n": "| x     |\n|-------|\n| a\\|b c |\n",
	}
	for text, want := range tests {
		table, err := Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := table.Render(&out, Markdown); err != nil || out.String() != want {
			t.Errorf("%q: got\n%s%v, want\n%s", text, out.String(), err, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	if _, err := Read(strings.NewReader("")); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty file: %v", err)
	}
	for text, says := range map[string]string{"a,b\n1,2\n3\n": "line 3", "a\n\"": "quote"} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestWidths(t *testing.T) {
	table := Table{Columns: []string{"a", "name"}, Rows: [][]string{{"1000", "ü"}}}
	if got := table.Widths(); !reflect.DeepEqual(got, []int{4, 4}) {
		t.Errorf("got %v", got)
	}
}

func TestBadTemplates(t *testing.T) {
	for _, source := range []string{"{{ .Columns", "{{ .Nothing }}", "{{ shout .Columns }}"} {
		if err := (Table{}).Render(io.Discard, source); err == nil {
			t.Errorf("%s is accepted", source)
		}
	}
}
