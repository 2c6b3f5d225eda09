package figure

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/results/stats"
)

// ramp returns the colour of a share 0..1, from dark blue over green to yellow: five anchors of the
// perceptually uniform map viridis (Smith and van der Walt, 2015), linear in between.
func ramp(share float64) color.RGBA {
	anchors := []color.RGBA{
		{0x44, 0x01, 0x54, 0xff}, {0x3b, 0x52, 0x8b, 0xff}, {0x21, 0x91, 0x8c, 0xff}, {0x5e, 0xc9, 0x62, 0xff},
		{0xfd, 0xe7, 0x25, 0xff},
	}
	at := int(math.Round(min(max(share, 0), 1) * 1024))
	k := min(at/256, 3)
	rest := at - 256*k
	mix := func(a, b uint8) uint8 { return uint8((int(a)*(256-rest) + int(b)*rest) / 256) }
	a, b := anchors[k], anchors[k+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

// drawHeat draws a metric over two axes: the mean over everything else as a colour and a number.
func drawHeat(s *sweep) (*chart, error) {
	x, err := s.axis(s.fig.X)
	if err != nil {
		return nil, err
	}
	y, err := s.axis(s.fig.Y)
	if err != nil {
		return nil, err
	}
	column, err := s.column(s.fig.Metrics[0].Column)
	if err != nil {
		return nil, err
	}
	type cell struct {
		i, j int
		mean float64
	}
	var cells []cell
	least, most := math.Inf(1), math.Inf(-1)
	var counts []int
	for i := range s.Axes[x].Cases {
		for j := range s.Axes[y].Cases {
			var all []float64
			for _, p := range s.points {
				if p.cases[x] == i && p.cases[y] == j {
					all = append(all, s.values(column, p.runs)...)
				}
			}
			if len(all) == 0 {
				continue
			}
			m := stats.Mean(all)
			cells, counts = append(cells, cell{i, j, m}), append(counts, len(all))
			least, most = min(least, m), max(most, m)
		}
	}
	if len(cells) == 0 {
		return nil, &EmptyError{s.fig.Name, "no run has a value"}
	}
	q := s.metricQuantity(most)
	ch := &chart{x: rowOf(s.axisLabel(x), s.Axes[x].Cases), y: rowOf(title(s.Axes[y].Name), s.Axes[y].Cases)}
	if s.Axes[y].Label != "" {
		ch.y.label = s.Axes[y].Label
	}
	var csv strings.Builder
	fmt.Fprintf(&csv, "%s,%s,mean\n", quote(s.Axes[x].Name), quote(s.Axes[y].Name))
	for _, c := range cells {
		fmt.Fprintf(&csv, "%s,%s,%s\n", quote(s.Axes[x].Cases[c.i]), quote(s.Axes[y].Cases[c.j]), number(c.mean))
	}
	ch.layers = append(ch.layers, func(cv *draw.Canvas, st Style, px, py func(float64) vg.Length) {
		for _, c := range cells {
			share := 0.5
			if most > least {
				share = (c.mean - least) / (most - least)
			}
			x0, x1 := px(float64(c.i)-0.5), px(float64(c.i)+0.5)
			y0, y1 := py(float64(c.j)-0.5), py(float64(c.j)+0.5)
			cv.FillPolygon(ramp(share), []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
			var ink color.Color = color.White
			if share > 0.6 {
				ink = st.Ink
			}
			sty := st.text(st.TickSize, ink)
			half := sty.FontExtents().Ascent * 0.35
			cv.FillText(sty, vg.Point{X: (x0 + x1) / 2, Y: (y0+y1)/2 - half},
				strconv.FormatFloat(c.mean/q.unit.scale, 'g', 3, 64))
		}
	})
	ch.legend = append(ch.legend, entry{text: ascii(withUnit(q.label, q.unit)), swatch: noSwatch}, replications(counts, "mean"))
	ch.csv = []byte(csv.String())
	return ch, nil
}
