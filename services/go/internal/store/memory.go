package store

import (
	"context"
	"sync"
)

// Memory is a count in this process, lost with it. Both ways to update are exact: the original study's counter in memory was, too.
type Memory struct {
	mutex sync.Mutex
	count uint64
}

// Add adds.
func (m *Memory) Add(_ context.Context, n uint64) (uint64, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	count, err := Sum(m.count, n)
	if err != nil {
		return 0, err
	}
	m.count = count
	return count, nil
}
