// Command oracle tells what BuildKit's own parser and shell lexer make of Dockerfiles and words.
//
// It reads one JSON request a line and answers each with one line, so that one process serves many.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"sort"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// A request holds either the bytes of a file, or a word and its variables.
type request struct {
	File   []byte
	Word   *string
	Env    []string
	Escape string
	Raw    bool // the content of a heredoc
}

type heredoc struct {
	Name, Content string
	Descriptor    uint
	Expand, Chomp bool
}

type instruction struct {
	Name       string
	Start, End int
	Flags      []string
	JSON       bool
	Args       []string
	Heredocs   []heredoc
	Inner      *instruction
}

type answer struct {
	Instructions []instruction
	Escape       string
	Warnings     int
	Error        string

	Text      string
	Words     []string
	Used      []string
	Undefined []string
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<28)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var asked request
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			panic(err)
		}
		found := answer{}
		if asked.Word != nil {
			found = expand(asked)
		} else {
			found = parse(asked.File)
		}
		if err := out.Encode(found); err != nil {
			panic(err)
		}
	}
	if err := in.Err(); err != nil {
		panic(err)
	}
}

func parse(content []byte) answer {
	result, err := parser.Parse(bytes.NewReader(content))
	if err != nil {
		return answer{Error: err.Error()}
	}
	found := answer{Escape: string(result.EscapeToken), Warnings: len(result.Warnings)}
	for _, node := range result.AST.Children {
		found.Instructions = append(found.Instructions, describe(node))
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{}))
	if err == nil && len(stages) == 0 {
		err = errors.New("no stages")
	}
	if err != nil {
		found.Error = err.Error()
	}
	return found
}

func describe(node *parser.Node) instruction {
	found := instruction{
		Name:  strings.ToUpper(node.Value),
		Start: node.StartLine,
		End:   node.EndLine,
		Flags: node.Flags,
		JSON:  node.Attributes["json"],
	}
	for next := node.Next; next != nil; next = next.Next {
		if len(next.Children) > 0 {
			inner := describe(next.Children[0])
			found.Inner = &inner
		} else {
			found.Args = append(found.Args, next.Value)
		}
	}
	for _, doc := range node.Heredocs {
		found.Heredocs = append(found.Heredocs, heredoc{
			doc.Name, doc.Content, doc.FileDescriptor, doc.Expand, doc.Chomp,
		})
	}
	return found
}

func expand(asked request) answer {
	env := shell.EnvsFromSlice(asked.Env)
	lexer := shell.NewLex([]rune(asked.Escape)[0])
	lexer.SkipProcessQuotes = asked.Raw
	result, err := lexer.ProcessWordWithMatches(*asked.Word, env)
	if err != nil {
		return answer{Error: err.Error()}
	}
	words, err := lexer.ProcessWords(*asked.Word, env)
	if err != nil {
		return answer{Error: err.Error()}
	}
	found := answer{Text: result.Result, Words: words, Undefined: names(result.Unmatched)}
	found.Used = append(names(result.Matched), found.Undefined...)
	sort.Strings(found.Used)
	return found
}

func names(set map[string]struct{}) []string {
	found := []string{}
	for name := range set {
		found = append(found, name)
	}
	sort.Strings(found)
	return found
}
