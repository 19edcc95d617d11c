package store

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"counter/internal/config"
)

// Gated is a store whose calls wait to be let go.
type gated struct {
	Memory
	called chan uint64
	goOn   chan error
}

func (g *gated) Add(ctx context.Context, n uint64) (uint64, error) {
	g.called <- n
	if err := <-g.goOn; err != nil {
		return 0, err
	}
	return g.Memory.Add(ctx, n)
}

func TestCallersWhoWaitShareACallAndGetNumbersOfTheirOwn(t *testing.T) {
	inner := &gated{called: make(chan uint64), goOn: make(chan error)}
	batched := NewBatched(inner)
	numbers := make(chan uint64, 10)
	add := func(ctx context.Context) {
		count, err := batched.Add(ctx, 1)
		if err == nil {
			numbers <- count
		}
	}
	var callers sync.WaitGroup
	call := func(ctx context.Context) {
		callers.Add(1)
		go func() { defer callers.Done(); add(ctx) }()
	}
	call(context.Background())
	<-inner.called
	left, leave := context.WithCancel(context.Background())
	for range 4 {
		call(context.Background())
	}
	call(left)
	for len(batched.queue) < 5 {
		// They are on their way.
	}
	leave()
	inner.goOn <- nil
	if n := <-inner.called; n != 4 {
		t.Errorf("the second call adds %d", n)
	}
	inner.goOn <- nil
	callers.Wait()
	close(numbers)
	seen := map[uint64]bool{}
	for number := range numbers {
		seen[number] = true
	}
	if len(seen) != 5 || !seen[1] || !seen[5] {
		t.Errorf("%v", seen)
	}
}

func TestAFailedCallFailsItsBatchAndNoOther(t *testing.T) {
	inner := &gated{called: make(chan uint64, 1), goOn: make(chan error, 2)}
	batched := NewBatched(inner)
	inner.goOn <- errors.New("away")
	if _, err := batched.Add(context.Background(), 1); err == nil || !strings.Contains(err.Error(), "away") {
		t.Error(err)
	}
	<-inner.called
	inner.goOn <- nil
	if count, err := batched.Add(context.Background(), 1); count != 1 || err != nil {
		t.Error(count, err)
	}
}

func TestACountEndsAtItsEnd(t *testing.T) {
	memory := &Memory{count: math.MaxUint64 - 1}
	if count, err := memory.Add(context.Background(), 1); count != math.MaxUint64 || err != nil {
		t.Error(count, err)
	}
	if _, err := memory.Add(context.Background(), 1); !errors.Is(err, ErrOverflow) {
		t.Error(err)
	}
}

func TestACountIsDigitsAndAtMostOneNewline(t *testing.T) {
	for text, want := range map[string]uint64{"0": 0, "12\n": 12, "007": 7, "18446744073709551615": math.MaxUint64} {
		if got, err := ParseCount("x", text); err != nil || got != want {
			t.Error(text, got, err)
		}
	}
	for _, text := range []string{"", "\n", "1\n\n", "-1", "+1", " 1", "1_0", "0x1", "18446744073709551616", "hits"} {
		if got, err := ParseCount("x", text); err == nil {
			t.Error(text, got)
		}
	}
}

func TestAFileKeepsItsCountAndKeepsASecondCounterOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hits")
	first, err := OpenFile(path, config.Atomic)
	if err != nil {
		t.Fatal(err)
	}
	if count, err := first.Add(context.Background(), 3); count != 3 || err != nil {
		t.Error(count, err)
	}
	if _, err := OpenFile(path, config.Atomic); err == nil || !strings.Contains(err.Error(), "in use by another counter") {
		t.Error(err)
	}
	_ = first.lock.Close()
	if text, _ := os.ReadFile(path); string(text) != "3\n" {
		t.Errorf("%q", text)
	}
	second, err := OpenFile(path, config.ReadThenWrite)
	if err != nil {
		t.Fatal(err)
	}
	if count, err := second.Add(context.Background(), 1); count != 4 || err != nil {
		t.Error(count, err)
	}
}

func TestAFileThatCannotBeCountedInIsRefused(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, err := range []error{
		os.Mkdir(at("folder"), 0o755),
		os.WriteFile(at("words"), []byte("hits"), 0o644),
		os.WriteFile(at("long"), []byte(strings.Repeat("0", 65)), 0o644),
		os.WriteFile(at("one"), []byte("1"), 0o644),
		os.Link(at("one"), at("two")),
		os.Symlink(at("nothing"), at("dangling")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"folder": "not a regular file", "words": "where a decimal count belongs", "long": "where a decimal count belongs",
		"two": "a second name", "dangling": "no such file", "no/hits": "does its folder exist",
	} {
		if _, err := OpenFile(at(name), config.Atomic); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASymbolicLinkIsFollowedAndItsTargetCountedInAndLocked(t *testing.T) {
	folder := t.TempDir()
	link, target := filepath.Join(folder, "link"), filepath.Join(folder, "target")
	if err := errors.Join(os.WriteFile(target, []byte("7\n"), 0o644), os.Symlink("target", link)); err != nil {
		t.Fatal(err)
	}
	file, err := OpenFile(link, config.Atomic)
	if err != nil {
		t.Fatal(err)
	}
	if count, err := file.Add(context.Background(), 1); count != 8 || err != nil {
		t.Error(count, err)
	}
	if text, _ := os.ReadFile(target); string(text) != "8\n" {
		t.Errorf("%q", text)
	}
	if found, err := os.Lstat(link); err != nil || found.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is lost: %v", err)
	}
	if _, err := OpenFile(target, config.Atomic); err == nil || !strings.Contains(err.Error(), "in use by another counter") {
		t.Error(err)
	}
}
