package record

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteError reports that a result could not be written. The cause is what the operating system
// said.
type WriteError struct {
	Path string
	Err  error
}

// Error says what failed, where, and what to do.
func (e *WriteError) Error() string {
	err := e.Err
	// A path error repeats the path and names the system call: only its cause is news.
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	return fmt.Sprintf("cannot write %s: %v; free space or choose another directory with -o", e.Path, err)
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// rawFile is what a file must do; tests replace it by one that fails.
type rawFile interface {
	io.Writer
	Sync() error
	Close() error
}

func createFile(path string) (rawFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// FileInfo is one file of a result as the manifest lists it.
type FileInfo struct {
	// Path is relative to the run's directory, with slashes.
	Path string `json:"path"`
	// SizeBytes is the length of the file.
	SizeBytes int64 `json:"size_bytes"`
	// SHA256 is 64 hexadecimal digits.
	SHA256 string `json:"sha256"`
}

// file is one file of a result being written: buffered, hashed, counted. Its first error sticks.
type file struct {
	*bufio.Writer
	out  *hashing
	raw  rawFile
	path string // for messages: where the file will be in the end
	rel  string
}

type hashing struct {
	w    io.Writer
	sum  hash.Hash
	size int64
}

func (h *hashing) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.sum.Write(p[:n])
	h.size += int64(n)
	return n, err
}

// newFile creates a file under the temporary directory. rel is its path in the result.
func (r *Run) newFile(rel string) (*file, error) {
	final := filepath.Join(r.dir, filepath.FromSlash(rel))
	temp := filepath.Join(r.temp, filepath.FromSlash(rel))
	if err := os.MkdirAll(filepath.Dir(temp), 0o755); err != nil {
		return nil, &WriteError{final, err}
	}
	raw, err := r.create(temp)
	if err != nil {
		return nil, &WriteError{final, err}
	}
	out := &hashing{w: raw, sum: sha256.New()}
	return &file{bufio.NewWriterSize(out, 1<<16), out, raw, final, rel}, nil
}

// finish flushes the file to the disk and closes it.
func (f *file) finish() (FileInfo, error) {
	err := f.Flush()
	if err == nil {
		err = f.raw.Sync()
	}
	if closed := f.raw.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return FileInfo{}, &WriteError{f.path, err}
	}
	return FileInfo{f.rel, f.out.size, hex.EncodeToString(f.out.sum.Sum(nil))}, nil
}

// writeWhole writes one small file.
func (r *Run) writeWhole(rel string, data []byte) (FileInfo, error) {
	f, err := r.newFile(rel)
	if err != nil {
		return FileInfo{}, err
	}
	// A failed write sticks to the buffer and comes back from finish.
	_, _ = f.Write(data)
	return f.finish()
}

// syncDir flushes a directory's entries to the disk. File systems that cannot are left alone.
func syncDir(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// ReplaceFile writes one file whole or not at all: into a temporary file beside it, flushed to the
// disk, renamed over the old one. It returns a *WriteError.
func ReplaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &WriteError{path, err}
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".part-*")
	if err != nil {
		return &WriteError{path, err}
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return &WriteError{path, err}
	}
	syncDir(dir)
	return nil
}
