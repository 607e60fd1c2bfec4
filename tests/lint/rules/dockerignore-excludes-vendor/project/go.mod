module example.com/api

go 1.24

require example.com/lib v1.0.0
