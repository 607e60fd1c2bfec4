package cli

import (
	"database/sql"

	"github.com/pressly/goose/v3"
	"github.com/spf13/cobra"
)

func migrateCmd() *cobra.Command {
	migrate := &cobra.Command{Use: "migrate", Short: "change the schema"}
	dir := migrate.PersistentFlags().String("dir", "db/migrations", "folder with the steps")
	migrate.AddCommand(&cobra.Command{
		Use: "up",
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, err := sql.Open("postgres", dsn)
			if err != nil {
				return err
			}
			defer db.Close()
			return goose.UpContext(cmd.Context(), db, *dir)
		},
	})
	return migrate
}
