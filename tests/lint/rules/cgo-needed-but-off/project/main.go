package main

// int answer() { return 42; }
import "C"

func main() { println(int(C.answer())) }
