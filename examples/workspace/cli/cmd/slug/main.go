// Command slug hands its arguments to the API as one job, or with -local does the job itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"example.com/workspace/shared/client"
	"example.com/workspace/shared/job"
)

// Set by the linker.
var version = "dev"

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "slug:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("slug", flag.ContinueOnError)
	api := flags.String("api", "http://localhost:8080", "the API's address")
	local := flags.Bool("local", false, "do the work here")
	showVersion := flags.Bool("version", false, "print the version")
	if err := flags.Parse(args); err != nil {
		return err
	}
	text := strings.Join(flags.Args(), " ")
	switch {
	case *showVersion:
		fmt.Fprintln(stdout, version)
	case *local:
		fmt.Fprintln(stdout, job.Job{Text: text}.Slug())
	default:
		added, err := client.Client{Base: *api}.Add(ctx, text)
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout, added.ID)
	}
	return nil
}
