package counter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"counter/internal/store"
)

const (
	// The longest that a caller waits for a number: longer than the slowest store's own bound (12 s of rounds on one S3 key),
	// shorter than what waits in front (HTTP API 30 s, ALB 60 s).
	hitTimeout = 15 * time.Second
	// The longest that a readiness check waits: less than a Kubernetes probe is given.
	readyTimeout = 5 * time.Second
)

// Counter is the store, and the lines of its failures.
type Counter struct {
	store           store.Store
	hits, readiness throttledLog
}

// New is the counter over a store.
func New(store store.Store) *Counter {
	return &Counter{store: store}
}

// Answer answers a request in bounded time, whatever the store does. The path is as it was sent, without a query.
func (c *Counter) Answer(ctx context.Context, method, path string) Response {
	if !implemented(method) {
		return Problem(http.StatusNotImplemented)
	}
	reads := method == http.MethodGet || method == http.MethodHead
	switch {
	case path == "/hits" && (method == http.MethodGet || method == http.MethodPost):
		return c.hit(ctx)
	case path == "/hits":
		// HEAD too: it would use up a number.
		return methodNotAllowed("GET, POST")
	case path != "/" && path != "/healthz" && path != "/readyz":
		return Problem(http.StatusNotFound)
	case !reads:
		return methodNotAllowed("GET, HEAD")
	case path == "/":
		return pageResponse
	case path == "/readyz":
		return c.ready(ctx)
	}
	return healthy
}

// implemented is whether a method is one of RFC 9110's (§9.3) or PATCH (RFC 5789). Any other is a 501 (§9.1).
func implemented(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodConnect,
		http.MethodOptions, http.MethodTrace, http.MethodPatch:
		return true
	}
	return false
}

func (c *Counter) hit(ctx context.Context) Response {
	count, err := c.add(ctx, 1, hitTimeout)
	if err != nil {
		c.hits.error("no number: " + err.Error())
		return Problem(http.StatusServiceUnavailable)
	}
	return number(count)
}

func (c *Counter) ready(ctx context.Context) Response {
	count, err := c.add(ctx, 0, readyTimeout)
	if err == nil && count == math.MaxUint64 {
		// A count at its end is one that no hit can be added to.
		err = store.ErrOverflow
	}
	if err != nil {
		c.readiness.error("not ready: " + err.Error())
		return unhealthy
	}
	return healthy
}

func (c *Counter) add(ctx context.Context, n uint64, limit time.Duration) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	count, err := c.store.Add(ctx, n)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return 0, fmt.Errorf("the store took longer than %s", limit)
	}
	return count, err
}
