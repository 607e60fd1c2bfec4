module example.com/b

go 1.26

require example.com/log v1.2.3
