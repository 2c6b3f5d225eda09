package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mpsim/sim/trace"
)

// tableGroups lists the groups of a summary that go into sweep.csv, one column a field of a record, and the
// fields by which their records are named there.
func tableGroups() []tableGroup {
	return []tableGroup{
		{trace.GroupApplications, "", []string{"application"}},
		{trace.GroupTraffic, "", []string{"traffic"}},
		{trace.GroupLayers, "layers.", []string{"layer", "direction"}},
	}
}

// tableGroup is one of them: download.goodput_bps, layers.core.up.loss_ratio.
type tableGroup struct {
	group, prefix string
	names         []string
}

// caption names a record's columns.
func (g tableGroup) caption(r *trace.Record, n int) string {
	var words []string
	for _, name := range g.names {
		if f, ok := r.Get(name); ok {
			words = append(words, f.Text)
		}
	}
	if words == nil {
		words = []string{g.group + strconv.Itoa(n)}
	}
	return g.prefix + strings.Join(words, ".") + "."
}

// sweepTable is one row a finished run: point, seed, digest, what the point sets, then every number of every
// application, and how many connections asked for Multipath TCP and became plain TCP.
func sweepTable(st *study, results []*finished) []byte {
	list := st.jobs
	var columns []string
	rows := make([]map[string]string, len(list))
	for i, r := range results {
		if r == nil {
			continue
		}
		rows[i] = map[string]string{"point": list[i].run.Point, "seed": strconv.FormatUint(list[i].run.Seed, 10),
			"digest": r.digest}
		for _, set := range list[i].run.Sets {
			path, value, _ := strings.Cut(set, "=")
			rows[i][path] = value
			columns = appendNew(columns, path)
		}
		for a, k := range list[i].run.Cases {
			if name := st.axes[a].Name; rows[i][name] == "" { // an axis that is not a path
				rows[i][name] = st.axes[a].Cases[k].Name
				columns = appendNew(columns, name)
			}
		}
		for _, c := range r.columns {
			rows[i][c.name] = c.value
			columns = appendNew(columns, c.name)
		}
	}
	columns = append([]string{"point", "seed", "digest"}, columns...)
	return csvTable(columns, rows)
}

// namedValue is one cell of a run's row.
type namedValue struct{ name, value string }

// runColumns lists the numbers of one run.
func runColumns(r *outcome) []namedValue {
	var list []namedValue
	for _, g := range tableGroups() {
		group := r.summary.Group(g.group)
		if group == nil {
			continue
		}
		for n := range group.Records {
			rec := &group.Records[n]
			caption := g.caption(rec, n)
			for _, f := range rec.Fields() {
				list = append(list, namedValue{caption + f.Key, fieldText(f)})
			}
		}
	}
	numbers, total := fallbacks(r.summary)
	return append(list, namedValue{"mptcp_connections", strconv.Itoa(total)},
		namedValue{"fallback_connections", strconv.Itoa(len(numbers))})
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func csvTable(columns []string, rows []map[string]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	cells := make([]string, len(columns))
	write := func() {
		if err := w.Write(cells); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	copy(cells, columns)
	write()
	for _, row := range rows {
		if row == nil {
			continue
		}
		for i, c := range columns {
			cells[i] = row[c]
		}
		write()
	}
	w.Flush()
	return b.Bytes()
}

// programHash returns the SHA-256 of the running program, or "" if it cannot be read: by it a sweep
// knows runs of its own from those of another build.
var programHash = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
})
