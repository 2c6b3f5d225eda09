package record

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"mpsim/sim/trace"
)

// WriteCSV writes the rows that a table holds as CSV (RFC 4180 with bare line feeds): a header with
// the columns' names, integers, words, true and false, nothing for None.
func WriteCSV(w io.Writer, t *trace.Table) error {
	out := bufio.NewWriter(w)
	csvHeader(out, t)
	var line []byte
	for c := range t.Chunks() {
		line = csvChunk(out, t, c, line)
	}
	return out.Flush()
}

func csvHeader(w *bufio.Writer, t *trace.Table) {
	for i, c := range t.Columns() {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		_, _ = w.WriteString(c.Name)
	}
	_ = w.WriteByte('\n')
}

// csvChunk writes one chunk's rows, using line as scratch space. Errors stick to w.
func csvChunk(w *bufio.Writer, t *trace.Table, c *trace.Chunk, line []byte) []byte {
	cols := t.Columns()
	for row := range c.Rows() {
		line = line[:0]
		for i := range cols {
			if i > 0 {
				line = append(line, ',')
			}
			v := c.Col(i)[row]
			switch {
			case v == trace.None:
			case cols[i].Kind == trace.Dict:
				line = appendCSV(line, t.Word(i, v))
			case cols[i].Kind == trace.Bool:
				line = strconv.AppendBool(line, v != 0)
			case cols[i].Kind == trace.Float:
				line = strconv.AppendFloat(line, trace.Number(v), 'g', -1, 64)
			default:
				line = strconv.AppendInt(line, v, 10)
			}
		}
		_, _ = w.Write(append(line, '\n'))
	}
	return line
}

// appendCSV quotes a word only where a reader would otherwise split it.
func appendCSV(line []byte, word string) []byte {
	if !strings.ContainsAny(word, ",\"\r\n") {
		return append(line, word...)
	}
	line = append(line, '"')
	line = append(line, strings.ReplaceAll(word, `"`, `""`)...)
	return append(line, '"')
}
