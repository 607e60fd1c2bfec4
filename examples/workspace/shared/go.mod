module example.com/workspace/shared

go 1.24
