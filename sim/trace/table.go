package trace

import (
	"fmt"
	"iter"
	"math"
)

// ChunkRows is the number of rows in a full chunk.
const ChunkRows = 4096

// None marks a cell of an optional column that has no value (an RTT before the first sample, a
// slow-start threshold that was never set). It is null in Parquet and empty in CSV.
const None int64 = math.MinInt64

// Kind says how the integers of a column are read.
type Kind uint8

// The kinds of column.
const (
	// Int is a plain number, its unit in the column's name.
	Int Kind = iota
	// Time is an instant of virtual time in nanoseconds since the start of the run.
	Time
	// Dict is a word: the cell is its index in the column's dictionary.
	Dict
	// Bool is 0 or 1.
	Bool
	// Float is a number that scripts have computed: the cell is what Real returns.
	Float
)

// String returns the kind's name as the reader of a schema sees it.
func (k Kind) String() string {
	switch k {
	case Int:
		return "int"
	case Time:
		return "time"
	case Dict:
		return "dict"
	case Bool:
		return "bool"
	case Float:
		return "float"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Column describes one column.
type Column struct {
	// Name is lower case with the unit last: cwnd_bytes, srtt_ns, time_ns.
	Name string
	Kind Kind
	// Optional columns may hold None.
	Optional bool
	// Doc is one sentence for the reader of the file.
	Doc string
}

// Chunk is a run of consecutive rows, column by column.
type Chunk struct {
	rows int
	cols [][]int64
}

// Rows returns the number of rows in the chunk: 1 to ChunkRows.
func (c *Chunk) Rows() int { return c.rows }

// Col returns the cells of one column, Rows long. The slice belongs to the table.
func (c *Chunk) Col(col int) []int64 { return c.cols[col][:c.rows] }

// Sink takes the chunks of a table as they fill.
type Sink interface {
	// Chunk is called when a chunk of t is full, and by Flush for the last one. The chunk is
	// reused afterwards: what is to be kept must be copied. It must not append to t.
	Chunk(t *Table, c *Chunk)
}

// Table is a typed table that only grows.
type Table struct {
	name, doc string
	cols      []Column
	dicts     []dict
	sink      Sink
	sealed    []*Chunk
	open      *Chunk
	rows      int64
}

// dict holds the words of one Dict column in the order they were first seen.
type dict struct {
	words []string
	index map[string]int64
	last  string
	code  int64
}

// NewTable returns an empty table. It panics if a name is not made of lower-case letters, digits
// and underscores, or if two columns share one: tables are fixed in code, not read from input.
func NewTable(name, doc string, cols ...Column) *Table {
	mustName(name)
	if len(cols) == 0 {
		panic(fmt.Sprintf("trace: table %s has no columns", name))
	}
	t := &Table{name: name, doc: doc, cols: append([]Column(nil), cols...), dicts: make([]dict, len(cols))}
	for i, c := range cols {
		mustName(c.Name)
		if j := t.Index(c.Name); j != i {
			panic(fmt.Sprintf("trace: table %s has two columns %s", name, c.Name))
		}
		if c.Kind > Float {
			panic(fmt.Sprintf("trace: column %s.%s has unknown kind %d", name, c.Name, c.Kind))
		}
		if c.Kind == Dict {
			t.dicts[i].index = make(map[string]int64)
		}
	}
	return t
}

// ValidName reports whether s can name a table, a column, a group or a value: lower-case letters,
// digits and underscores.
func ValidName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != ""
}

func mustName(s string) {
	if !ValidName(s) {
		panic(fmt.Sprintf("trace: name %q is not made of lower-case letters, digits and underscores", s))
	}
}

// Name returns the table's name, which is its file's name too.
func (t *Table) Name() string { return t.name }

// Doc returns the table's one-sentence description.
func (t *Table) Doc() string { return t.doc }

// Columns returns the columns. The slice belongs to the table.
func (t *Table) Columns() []Column { return t.cols }

// Rows returns the number of rows ever appended.
func (t *Table) Rows() int64 { return t.rows }

// Index returns the position of the named column, or -1.
func (t *Table) Index(column string) int {
	for i := range t.cols {
		if t.cols[i].Name == column {
			return i
		}
	}
	return -1
}

// SetSink makes s take every chunk from now on. It must be set before the first row.
func (t *Table) SetSink(s Sink) {
	if t.rows != 0 {
		panic(fmt.Sprintf("trace: sink set on table %s after %d rows", t.name, t.rows))
	}
	t.sink = s
}

// Append adds one row, one value for each column in order. It panics if the number of values is
// wrong, a dictionary code is unknown, a Bool is neither 0 nor 1, or None stands in a column that
// is not optional.
func (t *Table) Append(vals ...int64) {
	if len(vals) != len(t.cols) {
		panic(fmt.Sprintf("trace: table %s has %d columns, row has %d", t.name, len(t.cols), len(vals)))
	}
	c := t.open
	if c == nil {
		c = newChunk(len(t.cols))
		t.open = c
	}
	for i, v := range vals {
		t.check(i, v)
		c.cols[i][c.rows] = v
	}
	c.rows++
	t.rows++
	if c.rows == ChunkRows {
		t.seal()
	}
}

func newChunk(cols int) *Chunk {
	c := &Chunk{cols: make([][]int64, cols)}
	cells := make([]int64, cols*ChunkRows)
	for i := range c.cols {
		c.cols[i] = cells[i*ChunkRows : (i+1)*ChunkRows]
	}
	return c
}

func (t *Table) check(col int, v int64) {
	c := &t.cols[col]
	if v == None {
		if !c.Optional {
			panic(fmt.Sprintf("trace: no value for column %s.%s, which is not optional", t.name, c.Name))
		}
		return
	}
	switch c.Kind {
	case Dict:
		if v < 0 || v >= int64(len(t.dicts[col].words)) {
			panic(fmt.Sprintf("trace: column %s.%s has no word %d", t.name, c.Name, v))
		}
	case Bool:
		if v != 0 && v != 1 {
			panic(fmt.Sprintf("trace: column %s.%s is a truth value, not %d", t.name, c.Name, v))
		}
	case Int, Time, Float:
	}
}

// seal hands the open chunk to the sink, or keeps it.
func (t *Table) seal() {
	c := t.open
	if t.sink == nil {
		t.sealed = append(t.sealed, c)
		t.open = nil
		return
	}
	t.sink.Chunk(t, c)
	c.rows = 0
}

// Flush hands the rows that do not fill a chunk to the sink. Without a sink it does nothing.
func (t *Table) Flush() {
	if t.sink != nil && t.open != nil && t.open.rows > 0 {
		t.seal()
	}
}

// Chunks yields the rows the table still holds, in order: all of them without a sink, those since
// the last chunk handed over with one.
func (t *Table) Chunks() iter.Seq[*Chunk] {
	return func(yield func(*Chunk) bool) {
		for _, c := range t.sealed {
			if !yield(c) {
				return
			}
		}
		if t.open != nil && t.open.rows > 0 {
			yield(t.open)
		}
	}
}

// Intern returns the code of a word in a Dict column, giving it the next code if it is new.
func (t *Table) Intern(col int, s string) int64 {
	d := &t.dicts[col]
	if d.index == nil {
		panic(fmt.Sprintf("trace: column %s.%s has no dictionary", t.name, t.cols[col].Name))
	}
	// Consecutive rows mostly repeat the word: comparing it is cheaper than hashing it.
	if s == d.last && len(d.words) > 0 {
		return d.code
	}
	code, ok := d.index[s]
	if !ok {
		code = int64(len(d.words))
		d.words = append(d.words, s)
		d.index[s] = code
	}
	d.last, d.code = s, code
	return code
}

// Words returns the words of a Dict column by code. The slice belongs to the table.
func (t *Table) Words(col int) []string { return t.dicts[col].words }

// Word returns the word behind a cell of a Dict column; None is the empty string.
func (t *Table) Word(col int, code int64) string {
	if code == None {
		return ""
	}
	return t.dicts[col].words[code]
}

// Truth returns 1 for true and 0 for false, for Bool columns.
func Truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Real returns the cell of a number in a Float column. Minus zero becomes zero, since its bits are None.
func Real(v float64) int64 {
	if v == 0 {
		return 0
	}
	return int64(math.Float64bits(v))
}

// Number returns the number of a cell of a Float column that is not None.
func Number(cell int64) float64 { return math.Float64frombits(uint64(cell)) }
