package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"counter/internal/config"
)

// What is read of a counter file, in bytes: a count has 20 digits and a newline, zeros may stand before it.
const longest = 64

// File is a count in a file that survives SIGKILL and power loss: temporary file, fsync, rename, fsync of the folder. The file,
// its format and its lock are those of services/counter/src/store/file.rs, so that the languages keep each other out.
type File struct {
	path, temporary string
	folder          *os.File
	// Its lock ends with the process, however that ends.
	lock   *os.File
	update config.Update

	mutex sync.Mutex
	// The highest number that anyone may have been given.
	count uint64
}

// OpenFile opens the counter file, which starts at 0 when it is missing. A symbolic link is followed, and the file that it points
// to is counted in and locked.
func OpenFile(path string, update config.Update) (*File, error) {
	unusable := func(err error) error {
		return fmt.Errorf("the counter file %s cannot be used; put it right, or move it away to start from 0: %w", path, err)
	}
	path, err := countedIn(path)
	if err != nil {
		return nil, unusable(err)
	}
	file := &File{path: path, temporary: path + ".new", update: update}
	// Beside the counter file and not on it: a rename replaces the file, and with it whatever lock was on it. Opening a FIFO
	// waits for its reader, and renaming a link moves the link.
	lockPath := path + ".lock"
	for _, beside := range []string{lockPath, file.temporary} {
		if err := regular(beside); err != nil {
			return nil, unusable(err)
		}
	}
	if file.lock, err = os.OpenFile(lockPath, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666); err != nil {
		return nil, cannotOpen(lockPath, err)
	}
	err = syscall.Flock(int(file.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s is in use by another counter; end that one, or give this one a file of its own", path)
	} else if err != nil {
		return nil, cannotOpen(lockPath, err)
	}
	if file.folder, err = os.Open(filepath.Dir(path)); err != nil {
		return nil, cannotOpen(filepath.Dir(path), err)
	}
	if file.count, err = file.read(); err != nil {
		return nil, unusable(err)
	}
	// Written once now, so that a disk that cannot be written is refused at the start and not at the first hit.
	if _, err := file.commit(0); err != nil {
		return nil, unusable(err)
	}
	return file, nil
}

// Add commits durably, one after the other.
func (f *File) Add(_ context.Context, n uint64) (uint64, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.update == config.ReadThenWrite {
		return f.readThenWrite(n)
	}
	return f.commit(n)
}

func (f *File) read() (uint64, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, ReadFailed(f.path, err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, longest+1))
	if err != nil {
		return 0, ReadFailed(f.path, err)
	}
	if len(text) > longest {
		return 0, Corrupt(f.path, string(text))
	}
	return ParseCount(f.path, string(text))
}

func (f *File) commit(n uint64) (uint64, error) {
	count, err := Sum(f.count, n)
	if err != nil {
		return 0, err
	}
	if err := f.writeTemporary(count); err != nil {
		return 0, WriteFailed(f.path, err)
	}
	// From here on a failure leaves it open which of the two counts a restart would find, so the numbers are used up whatever
	// happens next.
	f.count = count
	if err := os.Rename(f.temporary, f.path); err != nil {
		return 0, WriteFailed(f.path, err)
	}
	if err := f.folder.Sync(); err != nil {
		return 0, WriteFailed(f.path, err)
	}
	return count, nil
}

func (f *File) writeTemporary(count uint64) error {
	file, err := os.Create(f.temporary)
	if err != nil {
		return err
	}
	_, err = file.WriteString(strconv.FormatUint(count, 10) + "\n")
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// What the original study did: two steps, neither durable nor atomic.
func (f *File) readThenWrite(n uint64) (uint64, error) {
	before, err := f.read()
	if err != nil {
		return 0, err
	}
	count, err := Sum(before, n)
	if err != nil || n == 0 {
		// A readiness check must not undo what others write meanwhile.
		return count, err
	}
	if err := os.WriteFile(f.path, []byte(strconv.FormatUint(count, 10)), 0o666); err != nil {
		return 0, WriteFailed(f.path, err)
	}
	return count, nil
}

// countedIn is the file that holds a count: what a symbolic link points to, for a rename would replace the link.
func countedIn(path string) (string, error) {
	if found, err := os.Lstat(path); err == nil && found.Mode()&fs.ModeSymlink != 0 {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return path, ReadFailed(path, err)
		}
	}
	return path, regular(path)
}

// regular refuses what is there and is not a regular file with one name: the rename that makes a count durable gives it one name,
// and the others would stay at the old count. Who may not look is refused when the file is opened.
func regular(path string) error {
	found, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	if !found.Mode().IsRegular() {
		return ReadFailed(path, errors.New("it is not a regular file"))
	}
	if system, ok := found.Sys().(*syscall.Stat_t); ok && system.Nlink > 1 {
		return ReadFailed(path, errors.New("it has a second name (a hard link); copy it instead"))
	}
	return nil
}

func cannotOpen(path string, err error) error {
	return fmt.Errorf("opening %s failed; does its folder exist, and may this user write there? %w", path, err)
}
