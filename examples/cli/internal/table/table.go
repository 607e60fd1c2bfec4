// Package table reads CSV files and renders them with templates.
package table

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/template"
	"unicode/utf8"
)

// Markdown is the template for those who bring none.
//
//go:embed markdown.tmpl
var Markdown string

// Table is what a CSV file holds. All rows have as many cells as there are columns.
type Table struct {
	Columns []string
	Rows    [][]string
}

// ErrEmpty says that a file has not even a line with the names of columns.
var ErrEmpty = errors.New("the file is empty")

// Read reads a CSV file whose first line names the columns. The error names the line that is wrong.
func Read(file io.Reader) (Table, error) {
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return Table{}, err
	}
	if len(lines) == 0 {
		return Table{}, ErrEmpty
	}
	return Table{Columns: lines[0], Rows: lines[1:]}, nil
}

// Widths are the numbers of characters of the widest cell of each column.
func (t Table) Widths() []int {
	widths := make([]int, len(t.Columns))
	for _, line := range append([][]string{t.Columns}, t.Rows...) {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// Render writes the table with a template of text/template. It can call pad, repeat and escape.
func (t Table) Render(out io.Writer, source string) error {
	parsed, err := template.New("template").Funcs(functions).Parse(source)
	if err != nil {
		return err
	}
	return parsed.Execute(out, t)
}

var functions = template.FuncMap{
	"pad": func(width int, text string) string { return fmt.Sprintf("%-*s", width, text) },
	"repeat": func(count int, text string) string {
		return strings.Repeat(text, max(count, 0))
	},
	// escape is for Markdown, where | ends a cell and a new line ends the table.
	"escape": strings.NewReplacer("|", `\|`, "\n", " ").Replace,
}
