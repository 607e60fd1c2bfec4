// Command ignored tells which paths a docker build sees: it reads an ignore file and paths, with
// zero bytes between, and writes those paths that are not left out.
package main

import (
	"io"
	"os"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	check(err)
	content, rest, _ := strings.Cut(string(input), "\x00")
	patterns, err := ignorefile.ReadAll(strings.NewReader(content))
	check(err)
	matcher, err := patternmatcher.New(patterns)
	check(err)
	for _, path := range strings.Split(rest, "\x00") {
		ignored, err := matcher.MatchesOrParentMatches(path)
		check(err)
		if !ignored {
			os.Stdout.WriteString(path + "\x00")
		}
	}
}

func check(err error) {
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
