package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"mpsim/sim/trace"
)

// Options say what a run writes besides manifest, summary and series.
type Options struct {
	// CSV writes each series as series/<table>.csv too.
	CSV bool
}

// Dir returns the directory of one run: root/scenario/point/seed. The scenario's name may hold
// slashes, the point's name must not; an empty point is "base".
func Dir(root, scenario, point string, seed uint64) string {
	if point == "" {
		point = "base"
	}
	return filepath.Join(root, filepath.FromSlash(scenario), point, strconv.FormatUint(seed, 10))
}

// Run is the directory of one run while it is being written.
type Run struct {
	dir, temp string
	opt       Options
	create    func(path string) (rawFile, error)
	series    []*seriesSink
	captures  []*captureSink
	err       error
	done      bool
	made      []string // directories that were not there before, the innermost first
}

// missing lists the directories of a path that do not exist, the innermost first.
func missing(dir string) []string {
	var list []string
	for {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			return list
		}
		list = append(list, dir)
		up := filepath.Dir(dir)
		if up == dir {
			return list
		}
		dir = up
	}
}

// Discard is Abort of a run that has not begun: it takes away the directories, too, that Create has made and
// that are empty.
func (r *Run) Discard() {
	r.Abort()
	for _, dir := range r.made {
		if os.Remove(dir) != nil {
			return
		}
	}
}

// Create begins a result that will appear at dir. It makes the directories above it and a hidden
// one beside it, so that a place that cannot be written is known before the run starts. A dir that
// holds something else than a result is refused. Every error is a *WriteError.
func Create(dir string, opt Options) (*Run, error) {
	parent := filepath.Dir(dir)
	made := missing(parent)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, &WriteError{dir, err}
	}
	if err := replaceable(dir); err != nil {
		return nil, &WriteError{dir, err}
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".part-*")
	if err != nil {
		return nil, &WriteError{dir, err}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		_ = os.Remove(temp)
		return nil, &WriteError{dir, err}
	}
	return &Run{dir: dir, temp: temp, opt: opt, create: createFile, made: made}, nil
}

// replaceable refuses whatever is neither absent, nor an empty directory, nor a result.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, manifestFile)); err != nil {
		return errors.New("it holds files that are no result of a run")
	}
	return nil
}

// Dir returns where the result will appear.
func (r *Run) Dir() string { return r.dir }

// Err returns the first write that failed, so that a long run can stop early.
func (r *Run) Err() error {
	if r.err != nil {
		return r.err
	}
	for _, s := range r.series {
		if s.err != nil {
			return s.err
		}
	}
	for _, c := range r.captures {
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// fail keeps the first error.
func (r *Run) fail(err error) error {
	if r.err == nil {
		r.err = err
	}
	return err
}

// Table streams an empty table to series/<name>.parquet: it becomes the table's sink.
func (r *Run) Table(t *trace.Table) error {
	for _, s := range r.series {
		if s.table == t || s.table.Name() == t.Name() {
			panic(fmt.Sprintf("record: table %s registered twice", t.Name()))
		}
	}
	s, err := r.newSeries(t)
	if err != nil {
		return r.fail(err)
	}
	r.series = append(r.series, s)
	t.SetSink(s)
	return nil
}

// Whole writes a table that has all its rows already.
func (r *Run) Whole(t *trace.Table) error {
	s, err := r.newSeries(t)
	if err != nil {
		return r.fail(err)
	}
	r.series = append(r.series, s)
	for c := range t.Chunks() {
		s.Chunk(t, c)
	}
	return nil
}

// Series streams the standard tables.
func (r *Run) Series(s *trace.Series) error {
	for _, t := range s.Tables() {
		if err := r.Table(t); err != nil {
			return err
		}
	}
	return nil
}

// Commit writes what is left and makes the result appear. The manifest's Format and Files are
// filled in. timing may be nil. On an error nothing appears and an earlier result stays.
func (r *Run) Commit(m Manifest, s *trace.Summary, timing *trace.Record) error {
	if r.done {
		panic("record: run committed or aborted twice")
	}
	if err := r.commit(m, s, timing); err != nil {
		r.Abort()
		return err
	}
	r.done = true
	return nil
}

func (r *Run) commit(m Manifest, s *trace.Summary, timing *trace.Record) error {
	m.Format, m.Files = Format, nil
	summary, err := r.writeWhole(summaryFile, EncodeSummary(s))
	if err != nil {
		return r.fail(err)
	}
	m.Files = append(m.Files, summary)
	for _, c := range r.captures {
		if err := c.finish(&m.Files); err != nil {
			return r.fail(err)
		}
	}
	for _, t := range r.series {
		if err := t.finish(&m.Files); err != nil {
			return r.fail(err)
		}
	}
	data, err := m.encode()
	if err != nil {
		return r.fail(err)
	}
	if _, err := r.writeWhole(manifestFile, data); err != nil {
		return r.fail(err)
	}
	if timing != nil {
		if _, err := r.writeWhole(timingFile, encodeRecord(timing)); err != nil {
			return r.fail(err)
		}
	}
	if err := r.rename(); err != nil {
		return r.fail(&WriteError{r.dir, err})
	}
	return nil
}

// rename moves the complete directory to its place, an earlier result out of the way first.
func (r *Run) rename() error {
	for _, sub := range []string{seriesDir, captureDir, "."} {
		syncDir(filepath.Join(r.temp, sub))
	}
	parent := filepath.Dir(r.dir)
	old := r.temp + ".old"
	if err := replaceable(r.dir); err != nil {
		return err
	}
	err := os.Rename(r.dir, old)
	had := err == nil
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(r.temp, r.dir); err != nil {
		if had {
			_ = os.Rename(old, r.dir)
		}
		return err
	}
	syncDir(parent)
	if had {
		_ = os.RemoveAll(old)
	}
	return nil
}

// Abort gives the result up and removes what was written. It does nothing after Commit or Abort.
func (r *Run) Abort() {
	if r.done {
		return
	}
	r.done = true
	for _, s := range r.series {
		s.close()
	}
	for _, c := range r.captures {
		c.close()
	}
	_ = os.RemoveAll(r.temp)
}
