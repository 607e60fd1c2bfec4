module example.com/depot/shared

go 1.24
