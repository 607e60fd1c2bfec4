module example.com/harbour

go 1.25

require example.com/greeting v1.0.0
