package main

import _ "example.com/harbour/docs"

func main() {}
