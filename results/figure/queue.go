package figure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// queueLinks is the number of links that the queue figure tells apart.
const queueLinks = 6

// linkName spells the direction out: "wifi.down" would be read as a link that is down.
func linkName(s string) string {
	if name, ok := strings.CutSuffix(s, ".down"); ok {
		return ascii(name) + " downlink"
	}
	if name, ok := strings.CutSuffix(s, ".up"); ok {
		return ascii(name) + " uplink"
	}
	return ascii(s)
}

// drawQueue draws the queue of each direction of each link that queued visibly, the fullest ones if
// there are many.
func drawQueue(r *run) (*panel, error) {
	var curves []*curve
	if r.link != nil {
		col := r.link.Index("link")
		byCode := map[int64]*curve{}
		err := scan(r.link, []string{"time_ns", "link", "queue_bytes"}, func(v []int64) {
			c := byCode[v[1]]
			if c == nil {
				c = &curve{label: r.link.Word(col, v[1])}
				byCode[v[1]] = c
				curves = append(curves, c)
			}
			c.timeNs, c.value = append(c.timeNs, v[0]), append(c.value, v[2])
		})
		if err != nil {
			return nil, err
		}
	}
	curves = slices.DeleteFunc(curves, func(c *curve) bool { return slices.Max(c.value) == 0 })
	if len(curves) == 0 {
		return nil, &EmptyError{"queue", r.orNotRecorded("no link had a packet waiting when it was sampled")}
	}
	slices.SortStableFunc(curves, func(a, b *curve) int {
		return cmp.Compare(slices.Max(b.value), slices.Max(a.value))
	})
	// A hundredth of the fullest queue is a line on the axis.
	least := slices.Max(curves[0].value) / 100
	curves = slices.DeleteFunc(curves, func(c *curve) bool { return slices.Max(c.value) < least })
	queued := len(curves)
	curves = curves[:min(queued, queueLinks)]
	slices.SortStableFunc(curves, func(a, b *curve) int { return r.links.byLook(a.label, b.label) })
	p := r.linesPanel(curves, r.links, linkName)
	if queued > queueLinks {
		note := fmt.Sprintf("(fullest %d of %d)", queueLinks, queued)
		p.legend = append(p.legend, entry{text: note, swatch: noSwatch})
	}
	p.yLabel, p.yUnit = "Queue", byteUnit(p.yMax)
	p.csv = curvesCSV("link", "queue_bytes", curves)
	return p, nil
}
