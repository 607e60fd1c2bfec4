// Command backup dumps a database into a bucket and ends. A scheduler runs it at night.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/urfave/cli/v2"
)

var (
	version   = "unknown"
	gitCommit = "unknown"
)

func main() {
	app := &cli.App{
		Name:    "backup",
		Version: version + "+" + gitCommit,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "database", EnvVars: []string{"DATABASE_URL"}, Required: true},
			&cli.StringFlag{Name: "endpoint", EnvVars: []string{"S3_ENDPOINT"}, Value: "s3.amazonaws.com"},
			&cli.StringFlag{Name: "bucket", EnvVars: []string{"S3_BUCKET"}, Value: "backups"},
			&cli.StringFlag{Name: "access-key", EnvVars: []string{"S3_ACCESS_KEY"}},
			&cli.StringFlag{Name: "secret-key", EnvVars: []string{"S3_SECRET_KEY"}},
			&cli.DurationFlag{Name: "timeout", Value: time.Hour},
		},
		Action: run,
	}
	if err := app.Run(os.Args); err != nil {
		log.Fatal(err)
	}
}

func run(c *cli.Context) error {
	ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
	defer cancel()
	dump, err := os.CreateTemp("", "dump-*.sql")
	if err != nil {
		return err
	}
	defer os.Remove(dump.Name())
	if err := pgDump(ctx, c.String("database"), dump); err != nil {
		return err
	}
	client, err := minio.New(c.String("endpoint"), &minio.Options{
		Creds:  credentials.NewStaticV4(c.String("access-key"), c.String("secret-key"), ""),
		Secure: true,
	})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("dump-%s.sql", time.Now().UTC().Format("2006-01-02"))
	_, err = client.FPutObject(ctx, c.String("bucket"), name, dump.Name(), minio.PutObjectOptions{})
	return err
}

func pgDump(ctx context.Context, url string, out io.Writer) error {
	path, err := exec.LookPath("pg_dump")
	if err != nil {
		return err
	}
	dump := exec.CommandContext(ctx, path, "--dbname", url)
	dump.Stdout = out
	dump.Stderr = os.Stderr
	return dump.Run()
}
