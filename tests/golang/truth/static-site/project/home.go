package main

import (
	"net/http"
	"time"
	_ "time/tzdata"
)

func home(w http.ResponseWriter, r *http.Request) {
	zone, err := time.LoadLocation(r.FormValue("zone"))
	if err != nil {
		zone = time.UTC
	}
	if err := pages.ExecuteTemplate(w, "layout.html", time.Now().In(zone)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
