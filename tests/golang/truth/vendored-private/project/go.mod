module git.corp.example/payments/ledger

go 1.24

require (
	git.corp.example/platform/chassis v1.4.0
	git.corp.example/platform/events v0.9.2
	github.com/kelseyhightower/envconfig v1.4.0
)

replace git.corp.example/platform/events => ../events
