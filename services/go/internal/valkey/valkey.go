// Package valkey is the count as the value of one key of Valkey, a decimal number. One INCRBY per call. It must not know the
// environment. Valkey keeps the count in memory: it lives no longer than its server, and what a failover loses is lost.
package valkey

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"counter/internal/config"
	"counter/internal/store"
)

// A new connection takes some milliseconds inside a region, TLS included, and a call rarely 10. Three attempts fit the whole, and
// the whole fits the 15 s that a caller waits. The pauses between them: a failover takes longer, a lost connection none at all.
const (
	connectTimeout = time.Second
	attemptTimeout = 3 * time.Second
	callTimeout    = 10 * time.Second
	retries        = 2
	longestPause   = 100 * time.Millisecond
)

// Valkey is a count in a key.
type Valkey struct {
	client *redis.Client
	key    string
	place  string
	update config.Update
}

// New is the count in a key; a missing key is 0. It makes no call.
func New(url config.StoreURL, update config.Update) *Valkey {
	options := &redis.Options{
		Addr:            url.Place,
		DialTimeout:     connectTimeout,
		ReadTimeout:     attemptTimeout,
		WriteTimeout:    attemptTimeout,
		MaxRetries:      retries,
		MaxRetryBackoff: longestPause,
		// What a connection would ask of a server before its first call, and a counter has no use for.
		Protocol:                 2,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if url.Scheme == "valkeys" {
		options.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return &Valkey{
		client: redis.NewClient(options),
		key:    url.Key,
		place:  fmt.Sprintf("%s://%s/%s", url.Scheme, url.Place, url.Key),
		update: update,
	}
}

// Add adds. An INCRBY whose answer was lost may have been done and is done again by the client's retry: that skips numbers and
// repeats none, since only the last answer is read.
func (v *Valkey) Add(ctx context.Context, n uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if v.update == config.ReadThenWrite {
		return v.readThenWrite(ctx, n)
	}
	if n > math.MaxInt64 {
		return 0, store.ErrOverflow
	}
	count, err := v.client.IncrBy(ctx, v.key, int64(n)).Result()
	if err != nil {
		return 0, store.WriteFailed(v.place, err)
	}
	return store.ParseCount(v.place, strconv.FormatInt(count, 10))
}

// What the original study did: read, add here, write.
func (v *Valkey) readThenWrite(ctx context.Context, n uint64) (uint64, error) {
	var before uint64
	switch text, err := v.client.Get(ctx, v.key).Result(); {
	case errors.Is(err, redis.Nil):
	case err != nil:
		return 0, store.ReadFailed(v.place, err)
	default:
		if before, err = store.ParseCount(v.place, text); err != nil {
			return 0, err
		}
	}
	count, err := store.Sum(before, n)
	// A readiness check must not undo what others write meanwhile.
	if err != nil || n == 0 {
		return count, err
	}
	if err := v.client.Set(ctx, v.key, strconv.FormatUint(count, 10), 0).Err(); err != nil {
		return 0, store.WriteFailed(v.place, err)
	}
	return count, nil
}
