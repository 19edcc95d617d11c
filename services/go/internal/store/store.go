// Package store is what a store is, the two that are no service, and what makes callers share one. It must not know HTTP.
package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Store is a counter that outlives its callers.
type Store interface {
	// Add adds n and returns the count after it: the caller owns the numbers count-n+1 to count. Add of 0 reads the count
	// and proves that the store can be written. After an error the n numbers may have been used up; nobody else gets them.
	Add(ctx context.Context, n uint64) (uint64, error)
}

var (
	// ErrOverflow is of a count at its end.
	ErrOverflow = errors.New("the count would pass 2^64 - 1")
	errBusy     = errors.New("too many callers wait for the store")
)

// ReadFailed is that a count could not be read.
func ReadFailed(place string, cause error) error {
	return fmt.Errorf("reading the count from %s failed: %w", place, cause)
}

// WriteFailed is that a count could not be written, or that it is unknown whether it was.
func WriteFailed(place string, cause error) error {
	return fmt.Errorf("writing the count to %s failed: %w", place, cause)
}

// Sum is a count and n more, or ErrOverflow.
func Sum(count, n uint64) (uint64, error) {
	if n > math.MaxUint64-count {
		return 0, ErrOverflow
	}
	return count + n, nil
}

// Corrupt is that what is stored is no count: its beginning, short enough for one line of a log.
func Corrupt(place, text string) error {
	return fmt.Errorf("%s holds %q where a decimal count belongs", place, text[:min(len(text), 40)])
}

// ParseCount reads decimal digits, at most one newline after them, and nothing else.
func ParseCount(place, text string) (uint64, error) {
	digits := strings.TrimSuffix(text, "\n")
	// ParseUint takes a sign or an underscore in no base 10 either.
	count, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, Corrupt(place, text)
	}
	return count, nil
}
