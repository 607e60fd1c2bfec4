package main

import (
	"time"
	_ "time/tzdata"
)

func main() {
	zone, _ := time.LoadLocation("Europe/Berlin")
	println(zone.String())
}
