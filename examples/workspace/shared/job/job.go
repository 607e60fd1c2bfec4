// Package job holds the work that the API takes in and the worker does, in order of arrival.
package job

import (
	"errors"
	"strings"
	"sync"
)

// ErrEmpty says that there is nothing to do.
var ErrEmpty = errors.New("no job is waiting")

// Job is a text to be turned into a slug.
type Job struct {
	ID   int    `json:"id"`
	Text string `json:"text"`
}

// Slug is the work itself: lower case letters and digits, joined by dashes.
func (j Job) Slug() string {
	words := strings.FieldsFunc(strings.ToLower(j.Text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

// Queue is a queue in memory; its zero value is ready, and safe for concurrent use.
type Queue struct {
	mu   sync.Mutex
	last int
	jobs []Job
}

// Add appends a job and returns it with its number.
func (q *Queue) Add(text string) (Job, error) {
	if strings.TrimSpace(text) == "" {
		return Job{}, errors.New("a job needs a text")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	added := Job{ID: q.last, Text: text}
	q.jobs = append(q.jobs, added)
	return added, nil
}

// Take removes the oldest job, or returns ErrEmpty.
func (q *Queue) Take() (Job, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return Job{}, ErrEmpty
	}
	oldest := q.jobs[0]
	q.jobs = q.jobs[1:]
	return oldest, nil
}
