package figure

import (
	"cmp"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"mpsim/sim/trace"
)

// mark is an event drawn across the figure.
type mark struct {
	timeNs int64
	text   string
	// rank orders marks that are too close to name both: the lowest is named.
	rank int
}

// marksMax bounds the lines drawn; a flapping link would fill the figure.
const marksMax = 40

// handoverMarks picks the events that tell a handover: interfaces and links that go down or come
// back, subflows that fail or recover, subflows established after the first of these, fallback. Events nearer
// to each other than 1.5% of the time axis share one line, named by the most telling; the caller's own
// marks come before all others.
func handoverMarks(events *trace.Table, endNs int64, own []Mark) ([]mark, error) {
	var all []mark
	for _, m := range own {
		if m.AtNs >= 0 && m.AtNs <= endNs {
			all = append(all, mark{timeNs: m.AtNs, text: ascii(m.Text), rank: -1})
		}
	}
	if events == nil {
		return cluster(all, endNs), nil
	}
	moved := false
	err := scan(events, []string{"time_ns", "event", "detail"}, func(v []int64) {
		event, detail := events.Word(events.Index("event"), v[1]), events.Word(events.Index("detail"), v[2])
		m, ok := markOf(event, detail, moved)
		if ok {
			m.timeNs = v[0]
			all = append(all, m)
			moved = true
		}
	})
	slices.SortStableFunc(all, func(a, b mark) int { return cmp.Compare(a.timeNs, b.timeNs) })
	return cluster(all, endNs), err
}

func markOf(event, detail string, moved bool) (mark, bool) {
	name := pathName(detail)
	switch event {
	case trace.EventFallback:
		return mark{text: "fallback", rank: 0}, true
	case trace.EventInterfaceDown, trace.EventLinkDown:
		return mark{text: name + " down", rank: 1}, true
	case trace.EventInterfaceUp, trace.EventLinkUp:
		return mark{text: name + " up", rank: 2}, true
	case trace.EventSubflowEstablished:
		return mark{text: name + " joins", rank: 3}, moved
	case trace.EventSubflowRecovered:
		return mark{text: name + " recovers", rank: 3}, true
	case trace.EventSubflowFailed:
		return mark{text: name + " failed", rank: 4}, true
	}
	return mark{}, false
}

// pathName shortens phone.wifi and wifi.backward to wifi.
func pathName(s string) string {
	s, _ = stem(s)
	return ascii(s[strings.LastIndexByte(s, '.')+1:])
}

// directions lists what ends the name of one direction of a link, and whether it is drawn dotted.
func directions() []struct {
	suffix string
	dotted bool
} {
	return []struct {
		suffix string
		dotted bool
	}{{".backward", false}, {".forward", true}, {".down", false}, {".up", true}}
}

// stem cuts the direction off a link's name and tells whether it is the dotted one.
func stem(s string) (name string, dotted bool) {
	for _, d := range directions() {
		if rest, ok := strings.CutSuffix(s, d.suffix); ok {
			return rest, d.dotted
		}
	}
	return s, false
}

// cluster merges marks that stand too close; all is in order of time.
func cluster(all []mark, endNs int64) []mark {
	var out []mark
	near := endNs / 200 * 3
	for i := 0; i < len(all); {
		first, best := all[i], all[i]
		var texts []string
		j := i
		for ; j < len(all) && all[j].timeNs-first.timeNs <= near; j++ {
			if all[j].rank < best.rank {
				best, texts = all[j], nil
			}
			if all[j].rank == best.rank && !slices.Contains(texts, all[j].text) {
				texts = append(texts, all[j].text)
			}
		}
		best.text = strings.Join(texts, ", ")
		out = append(out, best)
		i = j
	}
	return out[:min(len(out), marksMax)]
}

// placedMark is a mark whose label has found room: its left edge, its line, its level above the
// data.
type placedMark struct {
	text     string
	left, at vg.Length
	level    int
}

// placeMarks finds room for labels in at most two levels above the data area from left0 to right0;
// what finds none is a line without a name. edge is the end of the figure. A label stands centred
// over its line where it can, else beside it, so that the lines of its neighbours do not cross it.
func (p *panel) placeMarks(left0, right0, edge vg.Length, width func(string) vg.Length) ([]placedMark, int) {
	const gap, overlap = 4, 1
	at := func(m mark) vg.Length {
		return snap(left0 + (right0-left0)*vg.Length(float64(m.timeNs)/float64(p.endNs)))
	}
	var placed []placedMark
	free := [2]vg.Length{} // where each level is free
	levels := 0
	for i, m := range p.marks {
		line, w := at(m), width(m.text)
		next := edge + gap
		if i+1 < len(p.marks) {
			next = at(p.marks[i+1])
		}
	search:
		for level := range free {
			beside := max(line-overlap, min(free[level], line+2*gap))
			for _, left := range [3]vg.Length{line - w/2, line - w + overlap, beside} {
				left = min(left, edge-w)
				if left >= free[level] && (left+w < next || left+w <= line+overlap) {
					free[level] = left + w + gap
					placed = append(placed, placedMark{m.text, left, line, level})
					levels = max(levels, level+1)
					break search
				}
			}
		}
	}
	return placed, levels
}
