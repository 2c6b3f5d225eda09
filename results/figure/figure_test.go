package figure

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"

	"mpsim/sim/trace"
)

func TestEmptyRun(t *testing.T) {
	res := result(t, func(*trace.Series) {})
	drawn, err := Write(res, Options{})
	if err != nil || len(drawn.Files) != 0 || len(drawn.Skipped) != len(Kinds()) {
		t.Errorf("an empty run: %+v, %v", drawn, err)
	}
	for _, k := range Kinds() {
		_, err := Write(res, Options{}, k.Name)
		var empty *EmptyError
		if !errors.As(err, &empty) || !strings.HasPrefix(err.Error(), "figure "+k.Name+": nothing to draw: ") {
			t.Errorf("%s of an empty run: %v", k.Name, err)
		}
	}
}

func TestWrongNames(t *testing.T) {
	res := result(t, func(*trace.Series) {})
	if _, err := Write(res, Options{}, "window", "pie"); err == nil ||
		err.Error() != `no figure type "pie" (there are goodput, data-sequence, window, rtt, queue, subflows)` {
		t.Errorf("error %v", err)
	}
	if _, err := Write(handover(t), Options{Connection: 9}); err == nil ||
		err.Error() != "the run has no connection 9 (its connections are [1])" {
		t.Errorf("error %v", err)
	}
}

// One row everywhere, at time zero, is the least that can be drawn.
func TestSingleRows(t *testing.T) {
	res := result(t, func(s *trace.Series) {
		s.Subflows.Add(trace.SubflowRow{Connection: 1, Host: "a", Subflow: 1, Label: "é", CwndBytes: 1,
			SsthreshBytes: trace.None, SrttNs: 1, RttvarNs: 1, DeliveredBytes: 1})
		s.Links.Add(trace.LinkRow{Link: "x", QueueBytes: 1})
		s.Arrivals.Add(trace.ArrivalRow{Connection: 1, Host: "a", Subflow: 1, Label: "é", DataSeqEndBytes: 1})
		s.Events.Add(trace.EventRow{Event: trace.EventFallback, Connection: trace.None, Subflow: trace.None})
	})
	drawn, err := Write(res, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(drawn.Files) != 4*(len(Kinds())-1) || len(drawn.Skipped) != 1 { // lives of subflows stand in no rows
		t.Errorf("%d files, %v", len(drawn.Files), drawn.Skipped)
	}
}

// The goodput's bins must hold what the table says was delivered, whatever the sampling.
func TestGoodputConservesBytes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		end := rapid.Int64Range(1, 30_000_000_000).Draw(rt, "end")
		c := &curve{label: "a"}
		var total int64
		for ns := rapid.Int64Range(0, end).Draw(rt, "first"); ns <= end && len(c.timeNs) < 50; {
			total += rapid.Int64Range(0, 1<<40).Draw(rt, "octets")
			c.timeNs, c.value = append(c.timeNs, ns), append(c.value, total)
			ns += rapid.Int64Range(1, end).Draw(rt, "gap")
		}
		width := binWidth(end, []*curve{c})
		if end/width > binsMax {
			rt.Fatalf("%d bins", end/width)
		}
		var sum, last int64
		for edge := width; edge < end; edge += width {
			v := c.at(edge)
			if v < last {
				rt.Fatalf("delivered octets fall from %d to %d at %d ns", last, v, edge)
			}
			sum, last = sum+v-last, v
		}
		if sum += c.at(end) - last; sum != total {
			rt.Fatalf("bins hold %d octets of %d", sum, total)
		}
	})
}

func TestGoodputCSVSumsToTable(t *testing.T) {
	res := handover(t)
	files := drawAll(t, res, Options{}, "goodput")
	var bits float64
	lines := bufio.NewScanner(bytes.NewReader(files["goodput.csv"]))
	for lines.Scan() {
		f := strings.Split(lines.Text(), ",")
		if f[0] == "bin_start_ns" {
			continue
		}
		start, _ := strconv.ParseFloat(f[0], 64)
		end, _ := strconv.ParseFloat(f[1], 64)
		bps, err := strconv.ParseFloat(f[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		bits += bps * (end - start) / 1e9
	}
	table, err := res.Table("arrival")
	if err != nil {
		t.Fatal(err)
	}
	want := float64(table.Rows() * segment * 8)
	if bits < want*0.9999 || bits > want*1.0001 {
		t.Errorf("the CSV holds %.0f bits, the arrivals %.0f", bits, want)
	}
}

func TestPalette(t *testing.T) {
	p := newPalette([]string{"phone.eth0", "phone.lte", "phone.wifi", "phone.x", "tablet.wifi"})
	slots := map[string]int{"phone.wifi": 0, "phone.lte": 1, "phone.x": 2, "phone.eth0": 3, "tablet.wifi": 4}
	for l, slot := range slots {
		if p[l].slot != slot {
			t.Errorf("%s has look %d, want %d", l, p[l].slot, slot)
		}
	}
	if p["phone.lte"].color != newPalette([]string{"server.lte"})["server.lte"].color {
		t.Error("LTE changes its colour between runs")
	}
	var many []string
	for i := range 20 {
		many = append(many, strconv.Itoa(100+i))
	}
	seen := map[string]bool{}
	for _, l := range newPalette(many) {
		seen[fmt.Sprint(l.color, l.dash)] = true
	}
	if len(seen) != 20 {
		t.Errorf("20 labels have %d looks", len(seen))
	}
	links := linkPalette([]string{"wifi.forward", "wifi.backward"})
	up, down := links["wifi.forward"], links["wifi.backward"]
	if up.color != down.color || up.dash == nil || down.dash != nil {
		t.Error("directions of a link must share the colour and differ in dash")
	}
}

func TestAxes(t *testing.T) {
	for _, c := range []struct {
		max   float64
		top   float64
		ticks string
	}{
		{11.6, 12.5, "0 5 10"}, {60, 70, "0 20 40 60"}, {0.0003, 0.00035, "0.0000 0.0001 0.0002 0.0003"},
		{1, 1.25, "0.0 0.5 1.0"}, {97, 100, "0 20 40 60 80 100"}, {8e9, 9e9, ""},
	} {
		top, ticks := axisTop(c.max, 5)
		var labels []string
		for _, k := range ticks {
			labels = append(labels, k.Label)
		}
		got := strings.Join(labels, " ")
		if top < c.top*0.9999 || top > c.top*1.0001 || c.ticks != "" && got != c.ticks {
			t.Errorf("axis up to %v ends at %v with ticks %s, want %v and %s", c.max, top, got, c.top, c.ticks)
		}
	}
	for max, want := range map[int64]string{1: "bit/s", 999_999: "kbit/s", 1_000_000: "Mbit/s"} {
		if got := rateUnit(max).name; got != want {
			t.Errorf("%d bit/s is shown in %s, want %s", max, got, want)
		}
	}
	for max, want := range map[int64]string{999_999: "us", 9_999_999_999: "ms", 10_000_000_000: "s"} {
		if got := timeUnit(max).name; got != want {
			t.Errorf("%d ns is shown in %s, want %s", max, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	e := trace.NewEvents()
	for _, r := range []trace.EventRow{
		{TimeNs: 0, Event: trace.EventSubflowEstablished, Detail: "phone.wifi"}, // before any handover
		{TimeNs: 10e9, Event: trace.EventSubflowFailed, Detail: "phone.wifi"},
		{TimeNs: 10.1e9, Event: trace.EventLinkDown, Detail: "wifi.forward"},
		{TimeNs: 10.1e9, Event: trace.EventLinkDown, Detail: "wifi.backward"},
		{TimeNs: 10.2e9, Event: trace.EventInterfaceDown, Detail: "phone.eth"},
		{TimeNs: 12e9, Event: trace.EventSubflowEstablished, Detail: "phone.lte"},
		{TimeNs: 14e9, Event: trace.EventSubflowRecovered, Detail: "phone.wifi"},
		{TimeNs: 15e9, Event: trace.EventSubflowClosed, Detail: "phone.lte"},
	} {
		e.Add(r)
	}
	got, err := handoverMarks(e.Table, 20e9, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []mark{{10.1e9, "wifi down, eth down", 1}, {12e9, "lte joins", 3}, {14e9, "wifi recovers", 3}}
	if !slices.Equal(got, want) {
		t.Errorf("marks %v, want %v", got, want)
	}
}

// Labels of marks must neither overlap nor be crossed on one level, for any times.
func TestMarkLabelsKeepApart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &panel{endNs: 1000}
		times := rapid.SliceOfN(rapid.Int64Range(0, 1000), 0, 12).Draw(rt, "times")
		slices.Sort(times)
		for _, ns := range times {
			p.marks = append(p.marks, mark{timeNs: ns, text: "wifi down"})
		}
		placed, levels := p.placeMarks(30, 230, 238, func(s string) vg.Length { return vg.Length(4 * len(s)) })
		ends := [2]vg.Length{}
		for _, l := range placed {
			if l.left < ends[l.level] || l.left+36 > 238 || l.level >= levels {
				rt.Fatalf("label at %v on level %d of %d", l.left, l.level, levels)
			}
			ends[l.level] = l.left + 36
		}
	})
}

func TestThinKeepsExtremes(t *testing.T) {
	c := &curve{}
	for i := range int64(100_000) {
		v := int64(50)
		if i == 77_777 {
			v = 99
		} else if i == 33_333 {
			v = 1
		}
		c.timeNs, c.value = append(c.timeNs, i), append(c.value, v)
	}
	c.thin(100_000, 1000)
	last := c.timeNs[len(c.timeNs)-1]
	if len(c.timeNs) > 4004 || slices.Max(c.value) != 99 || slices.Min(c.value) != 1 || last != 99_999 {
		t.Errorf("%d points, from %d to %d", len(c.timeNs), slices.Min(c.value), slices.Max(c.value))
	}
}

// A life is cut where it is established and where its priority changes.
func TestLifeOfASubflow(t *testing.T) {
	never := life{opened: 5, up: -1, closed: 9}
	if got := fmt.Sprint(never.spans()); got != "[{5 9 tried}]" {
		t.Errorf("never established: %s", got)
	}
	l := life{opened: 5, up: 10, closed: 100, priority: []priority{{4, true}, {30, false}, {60, true},
		{200, false}}}
	want := "[{5 10 tried} {10 30 backup} {30 60 regular} {60 100 backup}]"
	if got := fmt.Sprint(l.spans()); got != want {
		t.Errorf("spans %s, want %s", got, want)
	}
	for v, want := range map[int64]int64{1: 1, 7: 8, 999: 1000, 1001: 1200, 9_537_000: 10_000_000,
		16_000_000: 20_000_000} {
		if got := nextRound(v); got != want {
			t.Errorf("a lane for %d is %d high, want %d", v, got, want)
		}
	}
}
