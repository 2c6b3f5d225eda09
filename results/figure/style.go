package figure

import (
	"cmp"
	"image/color"
	"maps"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Style is the look that all figures share. Lengths are in typographic points of 1/72 in.
type Style struct {
	Width, Height vg.Length
	// Variant is the Liberation face: Sans (widths of Arial) or Serif (widths of Times).
	Variant font.Variant
	// LabelSize is for axis labels, TickSize for tick labels, legend and marks.
	LabelSize, TickSize vg.Length
	LineWidth           vg.Length // of curves
	AxisWidth           vg.Length // of frame and ticks
	GridWidth           vg.Length
	DotSize             vg.Length // side of a point of a scatter
	Margin              vg.Length // around the figure
	Ink, Grid, Mark     color.Color
	// PNGDotsPerInch must be a multiple of 72, for the sake of equal bytes everywhere.
	PNGDotsPerInch int
}

// Column is the style for one column of a two-column paper: 3.33 in wide.
func Column() Style {
	return Style{
		Width: 3.33 * vg.Inch, Height: 2.2 * vg.Inch,
		Variant: "Sans", LabelSize: 8, TickSize: 7,
		LineWidth: 0.9, AxisWidth: 0.5, GridWidth: 0.35, DotSize: 1.1, Margin: 2,
		Ink: color.Gray{0x10}, Grid: color.Gray{0xdd}, Mark: color.Gray{0x55},
		PNGDotsPerInch: 360,
	}
}

// Wide is the style for the full width of a page: 7.0 in.
func Wide() Style {
	s := Column()
	s.Width, s.Height = 7*vg.Inch, 2.6*vg.Inch
	return s
}

// text returns a text style of the given size. Alignment is that of a label centred on its point.
func (s Style) text(size vg.Length, c color.Color) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: s.Variant, Size: size}
	return text.Style{
		Color: c, Font: f, XAlign: draw.XCenter, YAlign: draw.YBottom,
		// The default cache holds the Liberation faces and is only read here.
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

// okabeIto returns the colours of Okabe and Ito without yellow, which is lost on white, ordered so
// that neighbours differ in lightness.
func okabeIto() []color.RGBA {
	return []color.RGBA{
		{0x00, 0x72, 0xb2, 0xff}, // blue
		{0xe6, 0x9f, 0x00, 0xff}, // orange
		{0x00, 0x9e, 0x73, 0xff}, // bluish green
		{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
		{0xd5, 0x5e, 0x00, 0xff}, // vermillion
		{0x56, 0xb4, 0xe9, 0xff}, // sky blue
		{0x00, 0x00, 0x00, 0xff}, // black
	}
}

// dashes returns the dash pattern of each colour.
func dashes() [][]vg.Length {
	return [][]vg.Length{
		nil, {4, 1.5}, {1.2, 1.2}, {5, 1.5, 1.2, 1.5}, {7, 2}, {2.5, 1}, {5, 1.2, 1, 1.2, 1, 1.2},
	}
}

// look is how everything that belongs to one label is drawn.
type look struct {
	slot  int // its place among the looks, by which legends and stacks are ordered
	color color.RGBA
	dash  []vg.Length
}

// tint returns the look's colour mixed with white, for areas under a line of the full colour.
func (l look) tint() color.RGBA {
	mix := func(v uint8) uint8 { return uint8((int(v)*11 + 255*9) / 20) }
	return color.RGBA{mix(l.color.R), mix(l.color.G), mix(l.color.B), 0xff}
}

func (s Style) line(l look) draw.LineStyle {
	return draw.LineStyle{Color: l.color, Width: s.LineWidth, Dashes: l.dash}
}

// edge is the line on top of an area: solid, because areas are told apart by their fill.
func (s Style) edge(l look) draw.LineStyle {
	return draw.LineStyle{Color: l.color, Width: 0.8 * s.LineWidth}
}

// preferred lists the looks that technologies keep in every run, by a word in the label.
func preferred() []struct {
	word string
	slot int
} {
	return []struct {
		word string
		slot int
	}{
		{"wifi", 0}, {"wlan", 0}, {"lte", 1}, {"cell", 1}, {"4g", 1}, {"3g", 1}, {"5g", 2}, {"nr", 2}, {"eth", 3},
	}
}

// palette assigns looks to labels.
type palette map[string]look

// newPalette gives each of the labels (sorted, no repetition) a look that depends on the set of
// labels alone: the technology's look to the first label of each technology, the free ones in order
// to the others.
func newPalette(labels []string) palette {
	colors, patterns := okabeIto(), dashes()
	slots := make(map[string]int, len(labels))
	taken := make(map[int]bool)
	for _, l := range labels {
		if slot, ok := preferredSlot(l); ok && !taken[slot] {
			slots[l], taken[slot] = slot, true
		}
	}
	next := 0
	p := make(palette, len(labels))
	for _, l := range labels {
		slot, ok := slots[l]
		if !ok {
			for taken[next] {
				next++
			}
			slot, taken[next] = next, true
		}
		// The eighth label takes the first colour again with another dash.
		n := len(colors)
		p[l] = look{slot, colors[slot%n], patterns[(slot+slot/n)%n]}
	}
	return p
}

// with returns a palette with further labels, which get the free looks; those that are there keep theirs.
func (p palette) with(labels []string) palette {
	colors, patterns := okabeIto(), dashes()
	all := maps.Clone(p)
	next := 0
	for _, l := range p {
		next = max(next, l.slot+1)
	}
	for _, l := range labels {
		if _, ok := all[l]; !ok {
			n := len(colors)
			all[l] = look{next, colors[next%n], patterns[(next+next/n)%n]}
			next++
		}
	}
	return all
}

// byLook orders labels as the looks are ordered.
func (p palette) byLook(a, b string) int {
	return cmp.Or(cmp.Compare(p[a].slot, p[b].slot), strings.Compare(a, b))
}

func preferredSlot(label string) (int, bool) {
	label = strings.ToLower(label)
	for _, p := range preferred() {
		if strings.Contains(label, p.word) {
			return p.slot, true
		}
	}
	return 0, false
}

// ascii replaces what the PDF's code page might not have.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
