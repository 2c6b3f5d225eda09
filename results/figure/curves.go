package figure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/sim/trace"
)

// curve is one line: values over time, both whole numbers.
type curve struct {
	label   string
	subflow int64
	timeNs  []int64
	value   []int64
}

// subflowCurves reads one column of the sender's subflows of the chosen connection. Rows without a
// value are left out.
func (r *run) subflowCurves(column string) ([]*curve, error) {
	if r.subflow == nil {
		return nil, nil
	}
	var curves []*curve
	host, label := r.subflow.Index("host"), r.subflow.Index("label")
	columns := []string{"time_ns", "host", "connection", "subflow", "label", column}
	err := scan(r.subflow, columns, func(v []int64) {
		if v[5] == trace.None || v[2] != r.connection || r.subflow.Word(host, v[1]) != r.sender {
			return
		}
		c := find(curves, r.subflow.Word(label, v[4]), v[3])
		if c == nil {
			c = &curve{label: r.subflow.Word(label, v[4]), subflow: v[3]}
			curves = append(curves, c)
		}
		c.timeNs, c.value = append(c.timeNs, v[0]), append(c.value, v[5])
	})
	slices.SortStableFunc(curves, func(a, b *curve) int { return r.labels.byLook(a.label, b.label) })
	return curves, err
}

func find(curves []*curve, label string, subflow int64) *curve {
	for _, c := range curves {
		if c.label == label && c.subflow == subflow {
			return c
		}
	}
	return nil
}

// linesPanel draws curves as lines, one legend entry a label.
func (r *run) linesPanel(curves []*curve, looks palette, name func(string) string) *panel {
	p := &panel{endNs: r.endNs, marks: r.marks}
	seen := map[string]bool{}
	for _, c := range curves {
		c.thin(r.endNs, 1000)
		for _, v := range c.value {
			p.yMax = max(p.yMax, v)
		}
		l := looks[c.label]
		if !seen[c.label] {
			seen[c.label] = true
			p.legend = append(p.legend, entry{text: name(c.label), look: l, swatch: lineSwatch})
		}
		p.layers = append(p.layers, func(dc *draw.Canvas, st Style, x, y func(int64) vg.Length) {
			points := make([]vg.Point, len(c.timeNs))
			for i := range points {
				points[i] = vg.Point{X: x(c.timeNs[i]), Y: y(c.value[i])}
			}
			dc.StrokeLines(st.line(l), points)
		})
	}
	return p
}

// curvesCSV renders what linesPanel draws.
func curvesCSV(kind, column string, curves []*curve) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "time_ns,%s,subflow,%s\n", kind, column)
	for _, c := range curves {
		for i := range c.timeNs {
			b.WriteString(strconv.FormatInt(c.timeNs[i], 10) + "," + quote(c.label) + "," +
				strconv.FormatInt(c.subflow, 10) + "," + strconv.FormatInt(c.value[i], 10) + "\n")
		}
	}
	return []byte(b.String())
}

// quote makes a word one CSV field.
func quote(s string) string {
	if strings.ContainsAny(s, ",\"\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

// thin keeps the first, lowest, highest and last value of each of n parts of the time axis, which
// is what a line of that width can show.
func (c *curve) thin(endNs int64, n int64) {
	if int64(len(c.timeNs)) <= 4*n {
		return
	}
	part := endNs/n + 1
	var keep []int
	for i := 0; i < len(c.timeNs); {
		j, low, high := i, i, i
		for ; j < len(c.timeNs) && c.timeNs[j]/part == c.timeNs[i]/part; j++ {
			if c.value[j] < c.value[low] {
				low = j
			}
			if c.value[j] > c.value[high] {
				high = j
			}
		}
		four := []int{i, low, high, j - 1}
		slices.Sort(four)
		keep = append(keep, slices.Compact(four)...)
		i = j
	}
	for to, from := range keep {
		c.timeNs[to], c.value[to] = c.timeNs[from], c.value[from]
	}
	c.timeNs, c.value = c.timeNs[:len(keep)], c.value[:len(keep)]
}
