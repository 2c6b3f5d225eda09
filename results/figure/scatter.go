package figure

import (
	"fmt"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawScatter draws one metric over another, a marker for each run.
func drawScatter(s *sweep) (*chart, error) {
	across, err := s.column(s.fig.XMetric)
	if err != nil {
		return nil, err
	}
	type cloud struct {
		curveOf
		x, y []float64
	}
	var clouds []cloud
	least, mostX, mostY, n := 0.0, 0.0, 0.0, 0
	for _, c := range s.curves() {
		up, err := s.column(s.fig.Metrics[c.metric].Column)
		if err != nil {
			return nil, err
		}
		cl := cloud{curveOf: c}
		for _, p := range s.points {
			for _, run := range p.runs {
				x, errX := strconv.ParseFloat(s.Rows[run][across], 64)
				y, errY := strconv.ParseFloat(s.Rows[run][up], 64)
				if !c.match(p) || errX != nil || errY != nil {
					continue
				}
				if n == 0 || x < least {
					least = x
				}
				n++
				cl.x, cl.y = append(cl.x, x), append(cl.y, y)
				mostX, mostY = max(mostX, x), max(mostY, y)
			}
		}
		clouds = append(clouds, cl)
	}
	if n == 0 {
		return nil, &EmptyError{s.fig.Name, "no run has both values"}
	}
	qx, qy := s.quantityOf(s.fig.XMetric, s.fig.XLabel, mostX), s.metricQuantity(mostY)
	ch := &chart{x: fromZero(qx.label, qx.unit, mostX/qx.unit.scale, 6)}
	ch.y = fromZero(qy.label, qy.unit, mostY/qy.unit.scale, 5)
	if s.fig.Log && least > 0 {
		ch.x = decades(withUnit(qx.label, qx.unit), least/qx.unit.scale, mostX/qx.unit.scale)
	}
	var csv strings.Builder
	fmt.Fprintf(&csv, "curve,%s,%s\n", s.fig.XMetric, s.fig.Metrics[0].Column)
	for _, cl := range clouds {
		for i := range cl.x {
			fmt.Fprintf(&csv, "%s,%s,%s\n", quote(cl.label), number(cl.x[i]), number(cl.y[i]))
		}
		if cl.label != "" && len(cl.x) > 0 {
			ch.legend = append(ch.legend, entry{text: cl.label, look: cl.look, swatch: loneMarkerSwatch})
		}
		ch.layers = append(ch.layers, func(c *draw.Canvas, _ Style, x, y func(float64) vg.Length) {
			var at []vg.Point
			for i := range cl.x {
				at = append(at, vg.Point{X: x(cl.x[i] / qx.unit.scale), Y: y(cl.y[i] / qy.unit.scale)})
			}
			fillMarkers(c, cl.look, at)
		})
	}
	ch.legend = append(ch.legend, entry{text: fmt.Sprintf("(a marker a run, n = %d)", n), swatch: noSwatch})
	ch.csv = []byte(csv.String())
	return ch, nil
}
