package greeting

const Word = "hello"
