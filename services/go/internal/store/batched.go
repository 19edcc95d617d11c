package store

import (
	"context"
	"fmt"
)

// Callers that may wait: ten times the concurrency of the lab's largest run, so that only a store that hangs fills it.
const queueLength = 1024

// Batched is a store whose waiting callers share its calls: while one call is in flight the next batch gathers, and each of its
// callers gets a number of its own. A failed call fails its batch.
type Batched struct {
	queue chan waiting
}

type waiting struct {
	ctx    context.Context
	n      uint64
	answer chan<- answer
}

type answer struct {
	count uint64
	err   error
}

// NewBatched puts a queue and one worker in front of a store, for as long as the process runs.
func NewBatched(store Store) *Batched {
	batched := &Batched{queue: make(chan waiting, queueLength)}
	go batched.work(store)
	return batched
}

// Add waits for its batch, or for its caller to leave.
func (b *Batched) Add(ctx context.Context, n uint64) (uint64, error) {
	// With room for the answer to a caller who has left: skipped, not repeated.
	answered := make(chan answer, 1)
	select {
	case b.queue <- waiting{ctx, n, answered}:
	default:
		return 0, errBusy
	}
	select {
	case got := <-answered:
		return got.count, got.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (b *Batched) work(store Store) {
	batch := make([]waiting, 0, queueLength)
	for first := range b.queue {
		batch = b.gather(append(batch[:0], first))
		count, err := addAll(store, batch)
		for _, caller := range batch {
			count += caller.n
			caller.answer <- answer{count, err}
		}
	}
}

// gather adds whoever waits, and leaves out who has left: a timeout, a closed connection.
func (b *Batched) gather(batch []waiting) []waiting {
	for len(batch) < queueLength {
		select {
		case caller := <-b.queue:
			batch = append(batch, caller)
			continue
		default:
		}
		break
	}
	here := batch[:0]
	for _, caller := range batch {
		if caller.ctx.Err() == nil {
			here = append(here, caller)
		}
	}
	return here
}

// addAll gives the count before the batch's numbers.
func addAll(store Store, batch []waiting) (uint64, error) {
	if len(batch) == 0 {
		return 0, nil
	}
	var total uint64
	for _, caller := range batch {
		sum, err := Sum(total, caller.n)
		if err != nil {
			return 0, err
		}
		total = sum
	}
	// Not one caller's: the store bounds its own calls.
	count, err := store.Add(context.Background(), total)
	if err != nil {
		return 0, fmt.Errorf("the call made for a batch of callers failed: %w", err)
	}
	return count - total, nil
}
