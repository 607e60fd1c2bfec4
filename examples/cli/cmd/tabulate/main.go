// Command tabulate turns CSV files into Markdown, or into whatever a template makes of them.
//
// It exits with 0 when all went well, 1 when a file is not in order, 2 when it was called wrongly.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	err := newRoot().Execute()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "tabulate:", err)
	var bad badFile
	if errors.As(err, &bad) {
		os.Exit(1)
	}
	os.Exit(2)
}
