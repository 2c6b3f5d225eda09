package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/parquet-go/parquet-go"

	"mpsim/sim/trace"
)

// Result is a run's directory opened for reading.
type Result struct {
	Dir      string
	Manifest Manifest
	Summary  *trace.Summary
}

// Open reads the manifest and the summary of a run's directory.
func Open(dir string) (*Result, error) {
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a run's directory: it has no %s (give the directory that the run"+
			" printed as results)", dir, manifestFile)
	}
	if err != nil {
		return nil, err
	}
	r := &Result{Dir: dir}
	if err := json.Unmarshal(data, &r.Manifest); err != nil {
		return nil, fmt.Errorf("%s: %w; run the scenario again", filepath.Join(dir, manifestFile), err)
	}
	if r.Manifest.Format != Format {
		return nil, fmt.Errorf("%s has format %d, this version reads format %d; run the scenario again",
			dir, r.Manifest.Format, Format)
	}
	if data, err = r.read(summaryFile); err != nil {
		return nil, err
	}
	if r.Summary, err = DecodeSummary(data); err != nil {
		return nil, fmt.Errorf("%s: %w; run the scenario again", filepath.Join(dir, summaryFile), err)
	}
	return r, nil
}

// read returns a file that the manifest lists, and fails if it is not what the run wrote.
func (r *Result) read(rel string) ([]byte, error) {
	path := filepath.Join(r.Dir, filepath.FromSlash(rel))
	for _, f := range r.Manifest.Files {
		if f.Path != rel {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.SHA256 {
			return nil, fmt.Errorf("%s is not the file that the run wrote (its SHA-256 differs from the"+
				" manifest's); run the scenario again", path)
		}
		return data, nil
	}
	return nil, fmt.Errorf("%s has no %s: the run did not record it", r.Dir, rel)
}

// Tables lists the names of the series, in the order they were written.
func (r *Result) Tables() []string {
	var names []string
	for _, f := range r.Manifest.Files {
		name, ok := strings.CutSuffix(f.Path, ".parquet")
		if rest, inside := strings.CutPrefix(name, seriesDir+"/"); ok && inside {
			names = append(names, rest)
		}
	}
	return names
}

// Table reads one series back as the table it was.
func (r *Result) Table(name string) (*trace.Table, error) {
	rel := seriesDir + "/" + name + ".parquet"
	data, err := r.read(rel)
	if err != nil {
		return nil, err
	}
	t, err := DecodeParquet(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(r.Dir, filepath.FromSlash(rel)), err)
	}
	return t, nil
}

// WriteCSV exports one series.
func (r *Result) WriteCSV(w io.Writer, name string) error {
	t, err := r.Table(name)
	if err != nil {
		return err
	}
	return WriteCSV(w, t)
}

// DecodeParquet reads a file that this package wrote.
func DecodeParquet(data []byte) (*trace.Table, error) {
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	t, err := decodeSchema(f)
	if err != nil {
		return nil, err
	}
	for _, g := range f.RowGroups() {
		if err := readGroup(t, g); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// decodeSchema makes the empty table, and fails unless the file's columns are the table's.
func decodeSchema(f *parquet.File) (*trace.Table, error) {
	text, ok := f.Lookup(schemaKey)
	if !ok {
		return nil, fmt.Errorf("no %s in the file: it is not a series of a run", schemaKey)
	}
	var s tableSchema
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, fmt.Errorf("%s: %w", schemaKey, err)
	}
	var cols []trace.Column
	seen := map[string]bool{}
	for _, c := range s.Columns {
		kind, ok := kindOf(c.Kind)
		if !ok || !trace.ValidName(c.Name) || seen[c.Name] {
			return nil, fmt.Errorf("%s: column %q of kind %q is malformed or appears twice", schemaKey,
				c.Name, c.Kind)
		}
		seen[c.Name] = true
		cols = append(cols, trace.Column{Name: c.Name, Kind: kind, Optional: c.Optional, Doc: c.Doc})
	}
	fields := f.Schema().Fields()
	if len(cols) == 0 || len(fields) != len(cols) || !trace.ValidName(s.Name) {
		return nil, fmt.Errorf("%s: table %q with %d columns, file with %d", schemaKey, s.Name, len(cols),
			len(fields))
	}
	for i, field := range fields {
		want := node(cols[i])
		if field.Name() != cols[i].Name || !field.Leaf() || field.Type().Kind() != want.Type().Kind() ||
			field.Optional() != want.Optional() || field.Repeated() {
			return nil, fmt.Errorf("column %s of the file is not column %s of its %s", field.Name(),
				cols[i].Name, schemaKey)
		}
	}
	return trace.NewTable(s.Name, s.Doc, cols...), nil
}

func kindOf(name string) (trace.Kind, bool) {
	for k := trace.Int; k <= trace.Float; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

func readGroup(t *trace.Table, g parquet.RowGroup) error {
	n := int(g.NumRows())
	cols := make([][]int64, len(t.Columns()))
	for i, chunk := range g.ColumnChunks() {
		cells, err := readColumn(t, i, chunk)
		if err != nil {
			return fmt.Errorf("column %s: %w", t.Columns()[i].Name, err)
		}
		if len(cells) != n {
			return fmt.Errorf("column %s has %d values in %d rows", t.Columns()[i].Name, len(cells), n)
		}
		cols[i] = cells
	}
	row := make([]int64, len(cols))
	for j := range n {
		for i := range cols {
			row[i] = cols[i][j]
		}
		t.Append(row...)
	}
	return nil
}

func readColumn(t *trace.Table, col int, chunk parquet.ColumnChunk) (cells []int64, err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	values := make([]parquet.Value, trace.ChunkRows)
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			return cells, nil
		}
		if err != nil {
			return nil, err
		}
		for reader := page.Values(); ; {
			n, err := reader.ReadValues(values)
			for _, v := range values[:n] {
				cells = append(cells, cell(t, col, v))
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
		}
		parquet.Release(page)
	}
}

func cell(t *trace.Table, col int, v parquet.Value) int64 {
	if v.IsNull() {
		return trace.None
	}
	switch t.Columns()[col].Kind {
	case trace.Dict:
		return t.Intern(col, string(v.ByteArray()))
	case trace.Bool:
		return trace.Truth(v.Boolean())
	case trace.Float:
		return trace.Real(v.Double())
	}
	return v.Int64()
}
