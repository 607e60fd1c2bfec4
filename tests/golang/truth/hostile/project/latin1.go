package main

import "os"

// Grüße in Latin-1, which Go does not allow.
var greeting = os.Getenv("ODD_GREETING") + "grüße"
