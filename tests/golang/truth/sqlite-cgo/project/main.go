package main

import (
	"database/sql"
	"embed"
	"log"
	"net/http"
	"os"

	_ "github.com/mattn/go-sqlite3"
)

//go:embed schema.sql
var schema string

//go:embed static/*.css static/img
var files embed.FS

func main() {
	path := os.Getenv("NOTES_DB")
	if path == "" {
		path = "data/notes.db"
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal=WAL")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec(schema); err != nil {
		log.Fatal(err)
	}
	http.Handle("/static/", http.FileServer(http.FS(files)))
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		if err := db.Ping(); err != nil {
			w.WriteHeader(500)
		}
	})
	log.Fatal(http.ListenAndServe(":8081", nil))
}
