package main

import (
	"database/sql"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite"
)

func main() {
	home, err := os.UserHomeDir()
	if err != nil {
		log.Fatal(err)
	}
	file := flag.String("file", filepath.Join(home, ".bookmarks.db"), "where bookmarks are")
	list := flag.Bool("list", false, "print all")
	flag.Parse()
	if env := os.Getenv("BOOKMARKS_FILE"); env != "" {
		*file = env
	}
	db, err := sql.Open("sqlite", *file)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if *list {
		rows, err := db.Query("SELECT url FROM bookmarks")
		if err != nil {
			log.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var url string
			if err := rows.Scan(&url); err != nil {
				log.Fatal(err)
			}
			fmt.Println(url)
		}
		return
	}
	for _, url := range flag.Args() {
		if _, err := db.Exec("INSERT INTO bookmarks VALUES (?)", url); err != nil {
			log.Fatal(err)
		}
	}
}
