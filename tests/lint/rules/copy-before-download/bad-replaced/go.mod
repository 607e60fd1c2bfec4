module example.com/app

go 1.26

replace example.com/lib => ./lib
