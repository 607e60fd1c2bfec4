// Package cli has the commands of ledger.
package cli

import (
	"os"

	"github.com/spf13/cobra"

	"example.com/ledger/internal/build"
)

var dsn string

// Root returns the command with all its subcommands.
func Root() *cobra.Command {
	root := &cobra.Command{Use: "ledger", SilenceUsage: true, Version: build.Version}
	root.PersistentFlags().StringVar(&dsn, "database-url", os.Getenv("DATABASE_URL"), "where the books are")
	root.AddCommand(serveCmd(), migrateCmd(), healthCmd(), versionCmd())
	return root
}

func versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Run:   func(cmd *cobra.Command, _ []string) { cmd.Println(build.Version, build.Commit) },
	}
}
