package main

import (
	"context"
	"testing"

	"example.com/workspace/shared/job"
)

func TestWorkEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	left := 3
	work(ctx, func(context.Context) (job.Job, error) {
		if left == 0 {
			cancel()
			return job.Job{}, job.ErrEmpty
		}
		left--
		return job.Job{ID: left, Text: "a job"}, nil
	})
	if left != 0 {
		t.Errorf("%d jobs were left undone", left)
	}
}
