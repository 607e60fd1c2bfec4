package main

//go:generate stringer -type=Color

type Color int

const Red Color = 1

func main() { println(Red) }
