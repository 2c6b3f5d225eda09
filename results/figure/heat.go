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

// cell is one field of a heat map: its place on both axes, the mean and of how many values.
type cell struct {
	i, j, n int
	mean    float64
}

// cells computes the fields that have values.
func (s *sweep) cells(x, y, column int) []cell {
	var cells []cell
	for i := range s.Axes[x].Cases {
		for j := range s.Axes[y].Cases {
			var all []float64
			for _, p := range s.points {
				if p.cases[x] == i && p.cases[y] == j {
					all = append(all, s.values(column, p.runs)...)
				}
			}
			if len(all) > 0 {
				cells = append(cells, cell{i, j, len(all), stats.Mean(all)})
			}
		}
	}
	return cells
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
	cells := s.cells(x, y, column)
	if len(cells) == 0 {
		return nil, &EmptyError{s.fig.Name, "no run has a value"}
	}
	least, most := math.Inf(1), math.Inf(-1)
	var counts []int
	var csv strings.Builder
	fmt.Fprintf(&csv, "%s,%s,mean\n", quote(s.Axes[x].Name), quote(s.Axes[y].Name))
	for _, c := range cells {
		least, most, counts = min(least, c.mean), max(most, c.mean), append(counts, c.n)
		fmt.Fprintf(&csv, "%s,%s,%s\n", quote(s.Axes[x].Cases[c.i]), quote(s.Axes[y].Cases[c.j]), number(c.mean))
	}
	q := s.metricQuantity(most)
	ch := &chart{x: rowOf(s.axisLabel(x), s.Axes[x].Cases), csv: []byte(csv.String())}
	ch.y = rowOf(title(s.Axes[y].Name), s.Axes[y].Cases)
	if s.Axes[y].Label != "" {
		ch.y.label = s.Axes[y].Label
	}
	ch.layers = append(ch.layers, heatLayer(cells, least, most, q.unit))
	what := entry{text: ascii(withUnit(q.label, q.unit)), swatch: noSwatch}
	ch.legend = append(ch.legend, what, replications(counts, "mean"))
	return ch, nil
}

// heatLayer fills the cells and writes their numbers.
func heatLayer(cells []cell, least, most float64, u unit) chartLayer {
	return func(cv *draw.Canvas, st Style, x, y func(float64) vg.Length) {
		for _, c := range cells {
			share := 0.5
			if most > least {
				share = (c.mean - least) / (most - least)
			}
			x0, x1 := x(float64(c.i)-0.5), x(float64(c.i)+0.5)
			y0, y1 := y(float64(c.j)-0.5), y(float64(c.j)+0.5)
			cv.FillPolygon(ramp(share), []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
			var ink color.Color = color.White
			if share > 0.6 {
				ink = st.Ink
			}
			sty := st.text(st.TickSize, ink)
			middle := (y0+y1)/2 - vg.Length(sty.FontExtents().Ascent*0.35)
			cv.FillText(sty, vg.Point{X: (x0 + x1) / 2, Y: middle}, strconv.FormatFloat(c.mean/u.scale, 'g', 3, 64))
		}
	}
}
