package trace

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// keep is a sink that copies what it is given.
type keep struct{ rows [][]int64 }

func (k *keep) Chunk(t *Table, c *Chunk) { k.rows = appendRows(k.rows, t, c) }

func appendRows(rows [][]int64, t *Table, c *Chunk) [][]int64 {
	for j := range c.Rows() {
		row := make([]int64, len(t.Columns()))
		for i := range row {
			row[i] = c.Col(i)[j]
		}
		rows = append(rows, row)
	}
	return rows
}

func sample() *Table {
	return NewTable("t", "test", Column{Name: "time_ns", Kind: Time},
		Column{Name: "n_bytes", Optional: true}, Column{Name: "word", Kind: Dict}, Column{Name: "yes", Kind: Bool})
}

func TestTableKeepsRows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table, k := sample(), &keep{}
		sink := rapid.Bool().Draw(rt, "sink")
		if sink {
			table.SetSink(k)
		}
		sizes := []int{0, 1, 5, ChunkRows - 1, ChunkRows, ChunkRows + 1, 2*ChunkRows + 7}
		n := rapid.SampledFrom(sizes).Draw(rt, "n")
		step := rapid.Int64Range(-9, 9).Draw(rt, "step")
		var want [][]int64
		var words []string
		for i := range n {
			word := string(rune('a' + i*i%7))
			row := []int64{int64(i) * step, None, table.Intern(2, word), int64(i % 2)}
			if i%3 == 0 {
				row[1] = -int64(i)
			}
			table.Append(row...)
			want, words = append(want, row), append(words, word)
		}
		table.Flush()
		got := k.rows
		for c := range table.Chunks() {
			if sink {
				rt.Fatalf("a chunk of %d rows stayed behind the sink", c.Rows())
			}
			got = appendRows(got, table, c)
		}
		if !reflect.DeepEqual(got, want) || table.Rows() != int64(n) {
			rt.Fatalf("%d rows became %d", n, len(got))
		}
		for i, row := range got {
			if table.Word(2, row[2]) != words[i] {
				rt.Fatalf("row %d: word %q, want %q", i, table.Word(2, row[2]), words[i])
			}
		}
	})
}

func TestInternEmptyWordFirst(t *testing.T) {
	table := sample()
	if a, b := table.Intern(2, ""), table.Intern(2, "x"); a != 0 || b != 1 || table.Intern(2, "") != 0 {
		t.Error("codes are not given in order")
	}
	if !slices.Equal(table.Words(2), []string{"", "x"}) {
		t.Errorf("words %q", table.Words(2))
	}
	if table.Word(2, None) != "" {
		t.Error("no word is not empty")
	}
}

func TestMistakesPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"made of lower":    func() { NewTable("Cwnd", "") },
		"no columns":       func() { NewTable("t", "") },
		"two columns a":    func() { NewTable("t", "", Column{Name: "a"}, Column{Name: "b"}, Column{Name: "a"}) },
		"unknown kind":     func() { NewTable("t", "", Column{Name: "a", Kind: 9}) },
		"row has 1":        func() { sample().Append(1) },
		"no word 0":        func() { sample().Append(1, 2, 0, 0) },
		"truth value":      func() { s := sample(); s.Append(1, 2, s.Intern(2, "a"), 2) },
		"not optional":     func() { s := sample(); s.Append(None, 2, s.Intern(2, "a"), 1) },
		"no dictionary":    func() { sample().Intern(0, "a") },
		"sink set":         func() { s := sample(); s.Append(1, 2, s.Intern(2, "a"), 1); s.SetSink(&keep{}) },
		"two values a":     func() { var r Record; r.Int("a", 1); r.Text("a", "") },
		"which is no numb": func() { var r Record; r.Decimal("a", "inf") },
		`"x y"`:            func() { NewSummary().Add("x y") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(r.(string), name) {
					t.Errorf("panic %v", r)
				}
			}()
			f()
		})
	}
}

// drop is a sink that keeps nothing.
type drop struct{}

func (drop) Chunk(*Table, *Chunk) {}

func TestAppendAllocatesNothing(t *testing.T) {
	s := NewSubflows()
	s.SetSink(drop{})
	row := SubflowRow{Host: "phone", Label: "phone.wifi", State: "ESTABLISHED"}
	s.Add(row)
	labels := []string{"phone.wifi", "phone.lte"}
	got := testing.AllocsPerRun(3*ChunkRows, func() {
		row.TimeNs++
		row.Label = labels[row.TimeNs%2]
		s.Add(row)
	})
	if got != 0 {
		t.Errorf("%v allocations a row", got)
	}
}

func BenchmarkSubflowAdd(b *testing.B) {
	s := NewSubflows()
	s.SetSink(drop{})
	row := SubflowRow{Host: "phone", Label: "phone.wifi", State: "ESTABLISHED"}
	for b.Loop() {
		row.TimeNs++
		s.Add(row)
	}
}
