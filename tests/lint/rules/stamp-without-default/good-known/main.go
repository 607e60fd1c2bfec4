package main

var (
	version = "devel"
	commit  = ""
	date    = "not known"
)

func main() { println(version, commit, date) }
