package figure

import (
	"fmt"
	"math"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// glyphs is a canvas that draws text as the outlines of its glyphs. The font rasteriser behind
// images works in 32-bit floats, whose rounding differs between processors; paths are rasterised in
// integers. A quarter turn, which the label of the vertical axis needs, is done exactly.
type glyphs struct {
	snapping
	turned []bool // whether text is turned, for each Push
}

// Push implements vg.Canvas.
func (g *glyphs) Push() {
	g.snapping.Push()
	g.turned = append(g.turned, g.isTurned())
}

// Pop implements vg.Canvas.
func (g *glyphs) Pop() {
	g.snapping.Pop()
	g.turned = g.turned[:len(g.turned)-1]
}

func (g *glyphs) isTurned() bool { return len(g.turned) > 0 && g.turned[len(g.turned)-1] }

// Rotate implements vg.Canvas, for text and a quarter turn between Push and Pop.
func (g *glyphs) Rotate(rad float64) {
	if rad != math.Pi/2 || len(g.turned) == 0 || g.isTurned() {
		panic(fmt.Sprintf("figure: text is turned by %v", rad))
	}
	g.turned[len(g.turned)-1] = true
}

// FillString implements vg.Canvas.
func (g *glyphs) FillString(f font.Face, at vg.Point, text string) {
	var (
		buf  sfnt.Buffer
		path vg.Path
		pen  fixed.Int26_6
		last sfnt.GlyphIndex
		em   = fixed.Int26_6(f.Face.UnitsPerEm()) // one unit of the font is one of the outline
	)
	unit := f.Font.Size / vg.Length(em)
	for i, r := range text {
		glyph, err := f.Face.GlyphIndex(&buf, r)
		if err != nil {
			panic(fmt.Sprintf("figure: glyph of %q: %v", r, err))
		}
		if kern, err := f.Face.Kern(&buf, last, glyph, em, xfont.HintingNone); i > 0 && err == nil {
			pen += kern
		}
		segments, err := f.Face.LoadGlyph(&buf, glyph, em, nil)
		if err != nil {
			panic(fmt.Sprintf("figure: outline of %q: %v", r, err))
		}
		path = g.outline(path, segments, func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: at.X + vg.Length(unit*vg.Length(pen+p.X)), Y: at.Y - vg.Length(unit*vg.Length(p.Y))}
		})
		advance, err := f.Face.GlyphAdvance(&buf, glyph, em, xfont.HintingNone)
		if err != nil {
			panic(fmt.Sprintf("figure: width of %q: %v", r, err))
		}
		pen, last = pen+advance, glyph
	}
	if len(path) > 0 {
		g.Fill(path)
	}
}

// outline appends the segments of a glyph.
func (g *glyphs) outline(path vg.Path, segments sfnt.Segments, place func(fixed.Point26_6) vg.Point) vg.Path {
	point := func(p fixed.Point26_6) vg.Point {
		at := place(p)
		if g.isTurned() {
			at = vg.Point{X: -at.Y, Y: at.X}
		}
		return at
	}
	for i, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				path.Close()
			}
			path.Move(point(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(point(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(point(s.Args[0]), point(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
		}
	}
	if len(segments) > 0 {
		path.Close()
	}
	return path
}
