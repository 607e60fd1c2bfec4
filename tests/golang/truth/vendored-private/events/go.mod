module git.corp.example/platform/events

go 1.24
