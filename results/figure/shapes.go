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
