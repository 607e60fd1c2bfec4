#!/bin/sh
go-licenses report ./... > licenses.txt
go build ./cmd/app
