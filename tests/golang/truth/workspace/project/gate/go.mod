module example.com/depot/gate

go 1.24

require example.com/depot/shared v0.0.0

replace example.com/depot/shared => ../shared
