module example.com/shop

go 1.25

require go.uber.org/automaxprocs v1.6.0

replace go.uber.org/automaxprocs => ./stub/automaxprocs
