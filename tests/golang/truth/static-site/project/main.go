package main

import (
	"embed"
	"html/template"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
)

//go:embed all:public
var public embed.FS

var pages = template.Must(template.ParseFiles(
	filepath.Join("templates", "layout.html"),
	filepath.Join("templates", "home.html"),
))

func main() {
	assets, err := fs.Sub(public, "public")
	if err != nil {
		log.Fatal(err)
	}
	robots, err := os.ReadFile("robots.txt")
	if err != nil {
		log.Fatal(err)
	}
	content := os.Getenv("CONTENT_DIR")
	if content == "" {
		content = "content"
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	mux.Handle("GET /articles/", http.StripPrefix("/articles/", http.FileServer(http.Dir(content))))
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) { w.Write(robots) })
	mux.HandleFunc("GET /{$}", home)
	log.Fatal(http.ListenAndServe(":80", mux))
}
