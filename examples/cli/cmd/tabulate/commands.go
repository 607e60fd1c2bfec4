package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"example.com/cli/internal/table"
)

// Set by the linker: -X main.version=…
var version = "dev"

// badFile is an error in a file, not in the way in which the program was called.
type badFile struct {
	path string
	err  error
}

func (b badFile) Error() string { return fmt.Sprintf("%s: %v", b.path, b.err) }

func (b badFile) Unwrap() error { return b.err }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "tabulate",
		Short:         "Turn CSV files into Markdown",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newRender(), newCheck(), newVersion())
	return root
}

func newRender() *cobra.Command {
	var templatePath string
	command := &cobra.Command{
		Use:   "render FILE",
		Short: "Print a CSV file as a Markdown table, or as a template says",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			found, err := read(args[0])
			if err != nil {
				return err
			}
			source, err := templateIn(templatePath)
			if err != nil {
				return err
			}
			if err := found.Render(command.OutOrStdout(), source); err != nil {
				return badFile{templatePath, err}
			}
			return nil
		},
	}
	command.Flags().StringVarP(&templatePath, "template", "t", "", "a file in the syntax of text/template")
	return command
}

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE…",
		Short: "Say whether CSV files are in order",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			for _, path := range args {
				found, err := read(path)
				if err != nil {
					return err
				}
				columns, rows := len(found.Columns), len(found.Rows)
				fmt.Fprintf(command.OutOrStdout(), "%s: %d columns, %d rows\n", path, columns, rows)
			}
			return nil
		},
	}
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print what was built",
		Args:  cobra.NoArgs,
		Run: func(command *cobra.Command, _ []string) {
			fmt.Fprintln(command.OutOrStdout(), "tabulate", version)
		},
	}
}

func read(path string) (table.Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return table.Table{}, badFile{path, reason(err)}
	}
	defer file.Close()
	found, err := table.Read(file)
	if err != nil {
		return table.Table{}, badFile{path, err}
	}
	return found, nil
}

// templateIn returns the template in a file, or the one that is built in.
func templateIn(path string) (string, error) {
	if path == "" {
		return table.Markdown, nil
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return "", badFile{path, reason(err)}
	}
	return string(source), nil
}

// reason leaves out the path, which the message names already.
func reason(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
