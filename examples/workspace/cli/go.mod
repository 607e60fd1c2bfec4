module example.com/workspace/cli

go 1.24

require example.com/workspace/shared v0.0.0

replace example.com/workspace/shared => ../shared
