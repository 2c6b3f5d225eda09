package figure

import (
	"math"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// snapping is a canvas on which every coordinate falls on a grid of 1/128 point. Processors that
// fuse multiplications with additions compute coordinates whose last digit differs; on the grid they
// are the same, and so are the files. PNGDotsPerInch is a multiple of 72, so that the grid's points
// are exact in pixels too.
type snapping struct{ vg.CanvasSizer }

func snap(l vg.Length) vg.Length { return vg.Length(math.Round(float64(l)*128) / 128) }

func snapPoint(p vg.Point) vg.Point { return vg.Point{X: snap(p.X), Y: snap(p.Y)} }

// Translate implements vg.Canvas.
func (s snapping) Translate(p vg.Point) { s.CanvasSizer.Translate(snapPoint(p)) }

// Stroke implements vg.Canvas.
func (s snapping) Stroke(p vg.Path) { s.CanvasSizer.Stroke(snapPath(p)) }

// Fill implements vg.Canvas.
func (s snapping) Fill(p vg.Path) { s.CanvasSizer.Fill(snapPath(p)) }

// FillString implements vg.Canvas.
func (s snapping) FillString(f font.Face, p vg.Point, text string) {
	s.CanvasSizer.FillString(f, snapPoint(p), text)
}

// snapPath snaps the points of a path. Figures have no arcs.
func snapPath(p vg.Path) vg.Path {
	out := make(vg.Path, len(p))
	for i, c := range p {
		c.Pos = snapPoint(c.Pos)
		if len(c.Control) > 0 {
			control := make([]vg.Point, len(c.Control))
			for j := range control {
				control[j] = snapPoint(c.Control[j])
			}
			c.Control = control
		}
		out[i] = c
	}
	return out
}
