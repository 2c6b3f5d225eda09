package record

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding"

	"mpsim/sim/trace"
)

// RowGroupRows is the number of rows in a Parquet row group: what is held in memory, compressed or
// not, until it is written.
const RowGroupRows = 128 * 1024

// schemaKey is where a file keeps the table's name, description, kinds and column descriptions.
const schemaKey = "mpsim.schema"

type tableSchema struct {
	Name    string         `json:"name"`
	Doc     string         `json:"doc"`
	Columns []columnSchema `json:"columns"`
}

type columnSchema struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Optional bool   `json:"optional,omitempty"`
	Doc      string `json:"doc,omitempty"`
}

// parquetWriter turns chunks into a Parquet file.
type parquetWriter struct {
	table *trace.Table
	w     *parquet.Writer
	// words holds the values of each Dict column's dictionary, made once a word.
	words  [][]parquet.Value
	values []parquet.Value
	rows   int // in the open row group
}

func newParquetWriter(out io.Writer, t *trace.Table) (*parquetWriter, error) {
	schema, err := encodeSchema(t)
	if err != nil {
		return nil, err
	}
	cols := t.Columns()
	fields := make(orderedGroup, len(cols))
	for i, c := range cols {
		fields[i] = &column{node(c), c.Name}
	}
	w := parquet.NewWriter(out,
		parquet.NewSchema(t.Name(), fields),
		parquet.CreatedBy("mpsim", fmt.Sprintf("format %d", Format), "-"),
		parquet.KeyValueMetadata(schemaKey, schema),
		// zstd at its default level is within a few percent of the best level's size here.
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault, Concurrency: 1}),
		parquet.DataPageStatistics(true),
	)
	return &parquetWriter{
		table: t, w: w,
		words:  make([][]parquet.Value, len(cols)),
		values: make([]parquet.Value, trace.ChunkRows),
	}, nil
}

func encodeSchema(t *trace.Table) (string, error) {
	s := tableSchema{Name: t.Name(), Doc: t.Doc()}
	for _, c := range t.Columns() {
		s.Columns = append(s.Columns, columnSchema{c.Name, c.Kind.String(), c.Optional, c.Doc})
	}
	data, err := json.Marshal(s)
	return string(data), err
}

// node is the Parquet type of a column.
func node(c trace.Column) parquet.Node {
	var n parquet.Node
	switch c.Kind {
	case trace.Dict:
		// Not RLE_DICTIONARY: parquet-go v0.32 divides the codes into runs in another way with AVX2
		// than without, so files would differ between processors. Zstandard makes up for it.
		n = parquet.Encoded(parquet.String(), &parquet.Plain)
	case trace.Bool:
		n = parquet.Leaf(parquet.BooleanType)
	case trace.Float:
		n = parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.Plain)
	case trace.Int, trace.Time:
		n = parquet.Encoded(parquet.Leaf(parquet.Int64Type), &parquet.DeltaBinaryPacked)
	}
	if c.Optional {
		n = parquet.Optional(n)
	}
	return n
}

// chunk appends the rows of one chunk.
func (p *parquetWriter) chunk(c *trace.Chunk) error {
	writers := p.w.ColumnWriters()
	for i, col := range p.table.Columns() {
		values := p.values[:c.Rows()]
		p.convert(i, col, c.Col(i), values)
		if _, err := writers[i].WriteRowValues(values); err != nil {
			return err
		}
	}
	if p.rows += c.Rows(); p.rows+trace.ChunkRows > RowGroupRows {
		p.rows = 0
		return p.w.Flush()
	}
	return nil
}

func (p *parquetWriter) convert(i int, col trace.Column, cells []int64, values []parquet.Value) {
	if col.Kind == trace.Dict {
		words := p.table.Words(i)
		for len(p.words[i]) < len(words) {
			p.words[i] = append(p.words[i], parquet.ByteArrayValue([]byte(words[len(p.words[i])])))
		}
	}
	defined := 0
	if col.Optional {
		defined = 1
	}
	for j, v := range cells {
		switch {
		case v == trace.None:
			values[j] = parquet.NullValue().Level(0, 0, i)
			continue
		case col.Kind == trace.Dict:
			values[j] = p.words[i][v]
		case col.Kind == trace.Bool:
			values[j] = parquet.BooleanValue(v != 0)
		case col.Kind == trace.Float:
			values[j] = parquet.DoubleValue(trace.Number(v))
		default:
			values[j] = parquet.Int64Value(v)
		}
		values[j] = values[j].Level(0, defined, i)
	}
}

func (p *parquetWriter) close() error { return p.w.Close() }

// orderedGroup is the root of a schema whose columns keep their order; the library's own group
// sorts them by name.
type orderedGroup []parquet.Field

func (g orderedGroup) ID() int                     { return 0 }
func (g orderedGroup) String() string              { return fmt.Sprintf("%d columns", len(g)) }
func (g orderedGroup) Type() parquet.Type          { return parquet.Group{}.Type() }
func (g orderedGroup) Optional() bool              { return false }
func (g orderedGroup) Repeated() bool              { return false }
func (g orderedGroup) Required() bool              { return true }
func (g orderedGroup) Leaf() bool                  { return false }
func (g orderedGroup) Fields() []parquet.Field     { return g }
func (g orderedGroup) Encoding() encoding.Encoding { return nil }
func (g orderedGroup) Compression() compress.Codec { return nil }
func (g orderedGroup) GoType() reflect.Type        { return reflect.TypeFor[map[string]any]() }

// column is a named leaf of an orderedGroup.
type column struct {
	parquet.Node
	name string
}

func (c *column) Name() string { return c.name }

// Value is for writing Go maps, which this package does not do.
func (c *column) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(c.name))
}
