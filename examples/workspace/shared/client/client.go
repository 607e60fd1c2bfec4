// Package client speaks to the API.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"example.com/workspace/shared/job"
)

// Client calls the API at Base, such as http://localhost:8080.
type Client struct {
	Base string
}

// Add hands in a text and returns the job made of it.
func (c Client) Add(ctx context.Context, text string) (job.Job, error) {
	body, err := json.Marshal(job.Job{Text: text})
	if err != nil {
		return job.Job{}, err
	}
	return c.call(ctx, http.MethodPost, "/jobs", body)
}

// Take fetches the oldest job; job.ErrEmpty says that there is none.
func (c Client) Take(ctx context.Context) (job.Job, error) {
	return c.call(ctx, http.MethodDelete, "/jobs/next", nil)
}

func (c Client) call(ctx context.Context, method, path string, body []byte) (job.Job, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.Base+path, bytes.NewReader(body))
	if err != nil {
		return job.Job{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return job.Job{}, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated:
	case http.StatusNoContent:
		return job.Job{}, job.ErrEmpty
	default:
		return job.Job{}, fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	var answer job.Job
	return answer, json.NewDecoder(response.Body).Decode(&answer)
}
