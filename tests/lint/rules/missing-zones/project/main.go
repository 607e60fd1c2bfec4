package main

import "time"

func main() {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	println(time.Now().In(zone).String())
}
