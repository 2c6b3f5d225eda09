package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// fillDots fills a square of the given side around each point, all in one path.
func fillDots(c *draw.Canvas, clr color.Color, side vg.Length, at []vg.Point) {
	var path vg.Path
	h := side / 2
	for _, p := range at {
		path.Move(vg.Point{X: p.X - h, Y: p.Y - h})
		path.Line(vg.Point{X: p.X + h, Y: p.Y - h})
		path.Line(vg.Point{X: p.X + h, Y: p.Y + h})
		path.Line(vg.Point{X: p.X - h, Y: p.Y + h})
		path.Close()
	}
	if len(path) > 0 {
		c.SetColor(clr)
		c.Fill(path)
	}
}

// strokeRings strokes a diamond around each point: a ring that needs no arcs, whose end points
// backends round differently.
func strokeRings(c *draw.Canvas, clr color.Color, st Style, at []vg.Point) {
	r := 1.6 * st.DotSize
	c.SetLineStyle(draw.LineStyle{Color: clr, Width: st.AxisWidth})
	for _, p := range at {
		var path vg.Path
		path.Move(vg.Point{X: p.X - r, Y: p.Y})
		path.Line(vg.Point{X: p.X, Y: p.Y - r})
		path.Line(vg.Point{X: p.X + r, Y: p.Y})
		path.Line(vg.Point{X: p.X, Y: p.Y + r})
		path.Close()
		c.Stroke(path)
	}
}

// thinDots keeps the first of the points that fall into one cell of a grid.
func thinDots(at []vg.Point, cell vg.Length) []vg.Point {
	type key struct{ x, y int32 }
	seen := make(map[key]bool)
	var kept []vg.Point
	for _, p := range at {
		k := key{int32(math.Floor(float64(p.X / cell))), int32(math.Floor(float64(p.Y / cell)))}
		if !seen[k] {
			seen[k] = true
			kept = append(kept, p)
		}
	}
	return kept
}

// fillMarkers fills the look's marker around each point; the shape goes with the look's place.
func fillMarkers(c *draw.Canvas, l look, at []vg.Point) {
	const r = 2.1
	var path vg.Path
	for _, p := range at {
		for i, corner := range markerShapes()[l.slot%len(markerShapes())] {
			q := vg.Point{X: p.X + vg.Length(r*corner.X), Y: p.Y + vg.Length(r*corner.Y)}
			if i == 0 {
				path.Move(q)
			} else {
				path.Line(q)
			}
		}
		path.Close()
	}
	if len(path) > 0 {
		c.SetColor(l.color)
		c.Fill(path)
	}
}

// markerShapes are the corners of the markers, about the same area each: square, triangle, diamond, triangle
// on its point, plus, bow tie, hourglass.
func markerShapes() [][]vg.Point {
	return [][]vg.Point{
		{{X: -0.8, Y: -0.8}, {X: 0.8, Y: -0.8}, {X: 0.8, Y: 0.8}, {X: -0.8, Y: 0.8}},
		{{X: -1.1, Y: -0.8}, {X: 1.1, Y: -0.8}, {X: 0, Y: 1.1}},
		{{X: 0, Y: -1.2}, {X: 1.2, Y: 0}, {X: 0, Y: 1.2}, {X: -1.2, Y: 0}},
		{{X: -1.1, Y: 0.8}, {X: 1.1, Y: 0.8}, {X: 0, Y: -1.1}},
		{
			{X: -0.4, Y: -1.2}, {X: 0.4, Y: -1.2}, {X: 0.4, Y: -0.4}, {X: 1.2, Y: -0.4},
			{X: 1.2, Y: 0.4}, {X: 0.4, Y: 0.4},
			{X: 0.4, Y: 1.2}, {X: -0.4, Y: 1.2}, {X: -0.4, Y: 0.4}, {X: -1.2, Y: 0.4},
			{X: -1.2, Y: -0.4}, {X: -0.4, Y: -0.4},
		},
		{{X: -1.1, Y: -1}, {X: 1.1, Y: 1}, {X: 1.1, Y: -1}, {X: -1.1, Y: 1}},
		{{X: -1, Y: -1.1}, {X: 1, Y: -1.1}, {X: -1, Y: 1.1}, {X: 1, Y: 1.1}},
	}
}

// fillBar fills a rectangle with the look's tint and strokes its edge.
func fillBar(c *draw.Canvas, st Style, l look, x0, y0, x1, y1 vg.Length) {
	corners := []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
	c.FillPolygon(l.tint(), corners)
	c.StrokeLines(st.edge(l), append(corners, corners[0]))
}

// strokeWhisker strokes an interval from low to high with caps.
func strokeWhisker(c *draw.Canvas, sty draw.LineStyle, x, low, high vg.Length) {
	const cap = 1.7
	c.StrokeLine2(sty, x, low, x, high)
	c.StrokeLine2(sty, x-cap, low, x+cap, low)
	c.StrokeLine2(sty, x-cap, high, x+cap, high)
}
