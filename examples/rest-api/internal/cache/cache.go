// Package cache keeps events that were asked for in Redis. Without Redis everything still works,
// only slower.
package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"example.com/rest-api/internal/event"
)

const (
	dialTimeout = time.Second
	callTimeout = 500 * time.Millisecond
)

// Store is where events are really kept.
type Store interface {
	Each(ctx context.Context, visit func(event.Event) error) error
	Get(ctx context.Context, id int64) (event.Event, error)
	Add(ctx context.Context, e event.Event) (event.Event, error)
	Change(ctx context.Context, e event.Event) (event.Event, error)
	Remove(ctx context.Context, id int64) error
}

// Cached is a store with a cache in front of Get.
type Cached struct {
	Store
	client *redis.Client
	ttl    time.Duration
	log    *slog.Logger
}

// New puts the Redis server at addr in front of a store. Events stay in it for ttl.
func New(store Store, addr string, ttl time.Duration, log *slog.Logger) *Cached {
	client := redis.NewClient(&redis.Options{
		Addr:          addr,
		DialTimeout:   dialTimeout,
		ReadTimeout:   callTimeout,
		WriteTimeout:  callTimeout,
		MaxRetries:    1,
		DialerRetries: 1,
	})
	return &Cached{store, client, ttl, log}
}

// Close ends all connections.
func (c *Cached) Close() error { return c.client.Close() }

// Ping asks whether the cache answers.
func (c *Cached) Ping(ctx context.Context) error { return c.client.Ping(ctx).Err() }

// Get returns one event, or event.ErrNotFound.
func (c *Cached) Get(ctx context.Context, id int64) (event.Event, error) {
	if found, ok := c.look(ctx, id); ok {
		return found, nil
	}
	found, err := c.Store.Get(ctx, id)
	if err == nil {
		c.keep(ctx, found)
	}
	return found, err
}

// Change changes an event in the store and forgets what is cached of it.
func (c *Cached) Change(ctx context.Context, e event.Event) (event.Event, error) {
	changed, err := c.Store.Change(ctx, e)
	c.forget(ctx, e.ID)
	return changed, err
}

// Remove removes an event from the store and forgets what is cached of it.
func (c *Cached) Remove(ctx context.Context, id int64) error {
	err := c.Store.Remove(ctx, id)
	c.forget(ctx, id)
	return err
}

func (c *Cached) look(ctx context.Context, id int64) (event.Event, bool) {
	text, err := c.client.Get(ctx, key(id)).Bytes()
	if errors.Is(err, redis.Nil) {
		return event.Event{}, false
	}
	var found event.Event
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err == nil {
		found, err = found.Here()
	}
	if err != nil {
		c.log.Warn("the cache does not help", "error", err)
	}
	return found, err == nil
}

func (c *Cached) keep(ctx context.Context, e event.Event) {
	text, err := json.Marshal(e)
	if err == nil {
		err = c.client.Set(ctx, key(e.ID), text, c.ttl).Err()
	}
	if err != nil {
		c.log.Warn("not cached", "id", e.ID, "error", err)
	}
}

// forget goes on when the client of the request is gone: the store has changed all the same.
func (c *Cached) forget(ctx context.Context, id int64) {
	if err := c.client.Del(context.WithoutCancel(ctx), key(id)).Err(); err != nil {
		c.log.Warn("still cached", "id", id, "error", err)
	}
}

func key(id int64) string { return fmt.Sprintf("event:%d", id) }
