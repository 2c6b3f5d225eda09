package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is one figure before it is drawn on a canvas: axes, plotters, legend, marks, data.
type panel struct {
	title string
	// endNs is the end of the time axis.
	endNs int64
	// yLabel is the quantity; the unit is added. yMax is in base units.
	yLabel string
	yUnit  unit
	yMax   int64
	// lanes, if there are any, take the place of the quantity: their names from top to bottom. Lane i spans
	// yUnit.scale units of y, the last one from 0.
	lanes []string
	// layers are drawn in order, between the grid and the frame.
	layers []layer
	legend []entry
	marks  []mark
	// csv is the data that the figure shows.
	csv []byte
}

// layer draws data. x takes nanoseconds, y base units of the quantity.
type layer func(c *draw.Canvas, st Style, x, y func(int64) vg.Length)

// swatch says how an entry of the legend is shown.
type swatch uint8

const (
	lineSwatch swatch = iota
	areaSwatch
	dotSwatch
	ringSwatch
	markerSwatch
	boxSwatch
	loneMarkerSwatch
	noSwatch
	hollowSwatch
	barredSwatch
	endSwatch
)

// entry is one line of the legend.
type entry struct {
	text   string
	look   look
	swatch swatch
	// dot is the size of a dotSwatch's dots.
	dot vg.Length
}

// swatchWidth is the width of the entry's sample.
func (e entry) swatchWidth() vg.Length {
	switch e.swatch {
	case ringSwatch:
		return 5
	case boxSwatch, loneMarkerSwatch, hollowSwatch, barredSwatch:
		return 6
	case noSwatch:
		return 0
	case endSwatch:
		return 2
	case lineSwatch, areaSwatch, dotSwatch, markerSwatch:
	}
	return 14
}

const (
	swatchGap vg.Length = 3
	entryGap  vg.Length = 10
	rowGap    vg.Length = 2
)

// draw draws the panel: from the top, rows of legend, rows of mark labels, axes and data.
func (p *panel) draw(c draw.Canvas, st Style) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	c = draw.Crop(c, st.Margin, -st.Margin, st.Margin, -st.Margin)
	small := st.text(st.TickSize, st.Ink)
	rowHeight := drawHead(&c, st, p.title, p.legend)

	pl := p.axes(st)
	// How high the labels of the marks stack depends on the data's width, not its height.
	area := pl.DataCanvas(c)
	labels, levels := p.placeMarks(area.Min.X, area.Max.X, c.Max.X, small.Width)
	marksTop := c.Max.Y
	c.Max.Y -= vg.Length(levels) * rowHeight
	if levels == 0 {
		c.Max.Y -= rowGap // letters and symbols of the legend reach below their line
	}
	area = pl.DataCanvas(c)
	pl.Add(p.plotters(st)...)
	pl.Draw(c)
	gray := st.text(st.TickSize, st.Mark)
	gray.XAlign = draw.XLeft
	for _, l := range labels {
		base := marksTop - vg.Length(levels-l.level)*rowHeight + rowGap
		c.FillText(gray, vg.Point{X: l.left, Y: base}, l.text)
		leader := draw.LineStyle{Color: st.Mark, Width: st.AxisWidth}
		c.StrokeLine2(leader, l.at, area.Max.Y, l.at, base)
	}
}

// drawHead draws title and legend at the top, takes their room away and returns the height of a row of text.
func drawHead(c *draw.Canvas, st Style, title string, legend []entry) (rowHeight vg.Length) {
	small := st.text(st.TickSize, st.Ink)
	rowHeight = small.FontExtents().Height + rowGap
	if title != "" {
		left := small
		left.XAlign = draw.XLeft
		c.FillText(left, vg.Point{X: c.Min.X, Y: c.Max.Y - rowHeight + rowGap}, title)
		c.Max.Y -= rowHeight
	}
	rows := layoutLegend(legend, c.Max.X-c.Min.X, small.Width)
	for i, row := range rows {
		drawLegendRow(c, st, row, c.Max.Y-vg.Length(i+1)*rowHeight)
	}
	c.Max.Y -= vg.Length(len(rows)) * rowHeight
	return rowHeight
}

// axes returns the plot without data.
func (p *panel) axes(st Style) *plot.Plot {
	pl := plot.New()
	pl.BackgroundColor = nil
	clock := clockUnit(p.endNs)
	pl.X.Min, pl.X.Max = 0, float64(p.endNs)/clock.scale
	xCount := int((st.Width - 50) / 30)
	step, decimals := axisStep(pl.X.Max, xCount)
	pl.X.Tick.Marker = axisTicks(pl.X.Max, step, decimals)
	pl.X.Label.Text = "Time (" + clock.name + ")"
	pl.Y.Min = 0
	if p.lanes != nil {
		pl.Y.Max, pl.Y.Tick.Marker = p.laneTicks()
		pl.Y.Label.Text = ascii(p.yLabel)
		pl.Y.Tick.LineStyle.Width = 0
	} else {
		pl.Y.Max, pl.Y.Tick.Marker = axisTop(float64(p.yMax)/p.yUnit.scale, 5)
		pl.Y.Label.Text = ascii(p.yLabel) + " (" + p.yUnit.name + ")"
	}
	st.dress(pl)
	return pl
}

// laneTicks names the lanes at their middles.
func (p *panel) laneTicks() (top float64, ticks plot.ConstantTicks) {
	for i, name := range p.lanes {
		ticks = append(ticks, plot.Tick{Value: float64(len(p.lanes)-1-i) + 0.5, Label: name})
	}
	return float64(len(p.lanes)), ticks
}

// dress gives both axes of a plot the style's look.
func (s Style) dress(pl *plot.Plot) {
	for _, a := range []*plot.Axis{&pl.X, &pl.Y} {
		a.Padding = 0
		a.LineStyle.Width = 0 // the frame is the axis
		a.Tick.LineStyle = draw.LineStyle{Color: s.Ink, Width: s.AxisWidth}
		a.Tick.Length = 2.5
		a.Label.Padding = 1.5
		a.Label.TextStyle = s.text(s.LabelSize, s.Ink)
		align := a.Tick.Label
		a.Tick.Label = s.text(s.TickSize, s.Ink)
		a.Tick.Label.XAlign, a.Tick.Label.YAlign = align.XAlign, align.YAlign
	}
}

// plotFunc makes a function a plotter.
type plotFunc func(c draw.Canvas, p *plot.Plot)

// Plot implements plot.Plotter.
func (f plotFunc) Plot(c draw.Canvas, p *plot.Plot) { f(c, p) }

// plotters returns grid, marks, data and frame in drawing order.
func (p *panel) plotters(st Style) []plot.Plotter {
	clock := clockUnit(p.endNs)
	grid := func(c draw.Canvas, pl *plot.Plot) {
		x, y := pl.Transforms(&c)
		sty := draw.LineStyle{Color: st.Grid, Width: st.GridWidth}
		for _, t := range pl.X.Tick.Marker.Ticks(pl.X.Min, pl.X.Max) {
			c.StrokeLine2(sty, x(t.Value), c.Min.Y, x(t.Value), c.Max.Y)
		}
		for i := 1; i < len(p.lanes); i++ {
			c.StrokeLine2(sty, c.Min.X, y(float64(i)), c.Max.X, y(float64(i)))
		}
		for _, t := range pl.Y.Tick.Marker.Ticks(pl.Y.Min, pl.Y.Max) {
			if p.lanes != nil {
				break
			}
			c.StrokeLine2(sty, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		}
	}
	data := func(c draw.Canvas, pl *plot.Plot) {
		tx, ty := pl.Transforms(&c)
		x := func(ns int64) vg.Length { return snap(tx(float64(ns) / clock.scale)) }
		y := func(v int64) vg.Length { return snap(ty(float64(v) / p.yUnit.scale)) }
		for _, l := range p.layers {
			l(&c, st, x, y)
		}
	}
	over := func(c draw.Canvas, pl *plot.Plot) {
		tx, _ := pl.Transforms(&c)
		sty := draw.LineStyle{Color: st.Mark, Width: st.AxisWidth, Dashes: []vg.Length{2, 1.5}}
		for _, m := range p.marks {
			x := tx(float64(m.timeNs) / clock.scale)
			c.StrokeLine2(sty, x, c.Min.Y, x, c.Max.Y)
		}
		c.StrokeLines(draw.LineStyle{Color: st.Ink, Width: st.AxisWidth}, []vg.Point{
			c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min,
		})
	}
	return []plot.Plotter{plotFunc(grid), plotFunc(data), plotFunc(over)}
}

// layoutLegend breaks the legend into rows no wider than width.
func layoutLegend(entries []entry, width vg.Length, textWidth func(string) vg.Length) [][]entry {
	var rows [][]entry
	var used vg.Length
	for _, e := range entries {
		w := e.swatchWidth() + swatchGap + textWidth(e.text)
		if len(rows) == 0 || used+entryGap+w > width {
			rows, used = append(rows, nil), w
		} else {
			used += entryGap + w
		}
		last := len(rows) - 1
		rows[last] = append(rows[last], e)
	}
	return rows
}

// drawLegendRow draws one row, centred, with its baseline at y.
func drawLegendRow(c *draw.Canvas, st Style, row []entry, y vg.Length) {
	sty := st.text(st.TickSize, st.Ink)
	sty.XAlign = draw.XLeft
	total := vg.Length(len(row)-1) * entryGap
	for _, e := range row {
		total += e.swatchWidth() + swatchGap + sty.Width(e.text)
	}
	x := c.Center().X - total/2
	middle := y + sty.FontExtents().Ascent*0.4
	for _, e := range row {
		drawSwatch(c, st, e, x, middle)
		x += e.swatchWidth() + swatchGap
		c.FillText(sty, vg.Point{X: x, Y: y}, e.text)
		x += sty.Width(e.text) + entryGap
	}
}

func drawSwatch(c *draw.Canvas, st Style, e entry, x, middle vg.Length) {
	right := x + e.swatchWidth()
	switch e.swatch {
	case lineSwatch:
		c.StrokeLine2(st.line(e.look), x, middle, right, middle)
	case areaSwatch:
		c.FillPolygon(e.look.tint(), []vg.Point{{X: x, Y: middle - 2.5}, {X: right, Y: middle - 2.5},
			{X: right, Y: middle + 2.5}, {X: x, Y: middle + 2.5}})
		c.StrokeLine2(st.edge(e.look), x, middle+2.5, right, middle+2.5)
	case dotSwatch:
		var dots []vg.Point
		for i := range 25 {
			at := vg.Length(i) / 2
			dots = append(dots, vg.Point{X: x + 1 + at, Y: middle - 2 + at/3})
		}
		fillDots(c, e.look.color, e.dot, dots)
	case ringSwatch:
		strokeRings(c, e.look.color, st, []vg.Point{{X: x + e.swatchWidth()/2, Y: middle}})
	case markerSwatch:
		c.StrokeLine2(st.line(e.look), x, middle, right, middle)
		fillMarkers(c, e.look, []vg.Point{{X: x + e.swatchWidth()/2, Y: middle}})
	case loneMarkerSwatch:
		fillMarkers(c, e.look, []vg.Point{{X: x + e.swatchWidth()/2, Y: middle}})
	case boxSwatch:
		fillBar(c, st, e.look, x, middle-3, right, middle+3)
	case hollowSwatch:
		strokeBox(c, st, e.look, x, middle-3, right, middle+3)
	case barredSwatch:
		strokeTry(c, st, e.look, x, right, middle)
	case endSwatch:
		strokeEnd(c, st, e.look, x+1, middle-3, middle+3)
	case noSwatch:
	}
}
