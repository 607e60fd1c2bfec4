package main

import (
	"net/http"
	"os"
)

func init() { go http.ListenAndServe(":7006", nil); os.Getenv("ONLY_ON_WINDOWS") }
