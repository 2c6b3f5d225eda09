package figure

import (
	"cmp"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is a figure of a sweep before it is drawn on a canvas: two axes of any quantity. Values are in the
// units that the axes show.
type chart struct {
	title  string
	x, y   ruler
	layers []chartLayer // in order, between the grid and the frame
	legend []entry
	csv    []byte
}

// chartLayer draws data.
type chartLayer func(c *draw.Canvas, st Style, x, y func(float64) vg.Length)

// ruler is one axis of a chart.
type ruler struct {
	label    string
	min, max float64
	ticks    plot.ConstantTicks
	log      bool
	noGrid   bool
}

// at is where a value stands on the axis. The plotting library's own logarithmic scale misplaces the label,
// and with it the frame.
func (r *ruler) at(v float64) float64 {
	if r.log {
		return math.Log(v)
	}
	return v
}

// draw implements picture.
func (ch *chart) draw(c draw.Canvas, st Style) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	c = draw.Crop(c, st.Margin, -st.Margin, st.Margin, -st.Margin)
	drawHead(&c, st, ch.title, ch.legend)
	c.Max.Y -= rowGap // letters reach below their line
	pl := plot.New()
	pl.BackgroundColor = nil
	for _, a := range []struct {
		axis  *plot.Axis
		scale ruler
	}{{&pl.X, ch.x}, {&pl.Y, ch.y}} {
		a.axis.Min, a.axis.Max = a.scale.at(a.scale.min), a.scale.at(a.scale.max)
		ticks := slices.Clone(a.scale.ticks)
		for i := range ticks {
			ticks[i].Value = a.scale.at(ticks[i].Value)
		}
		a.axis.Tick.Marker = ticks
		a.axis.Label.Text = ascii(a.scale.label)
	}
	st.dress(pl)
	pl.Add(ch.plotters(st)...)
	pl.Draw(c)
}

// plotters returns grid, data and frame in drawing order.
func (ch *chart) plotters(st Style) []plot.Plotter {
	grid := func(c draw.Canvas, pl *plot.Plot) {
		x, y := pl.Transforms(&c)
		sty := draw.LineStyle{Color: st.Grid, Width: st.GridWidth}
		for _, t := range ch.x.ticks {
			if !ch.x.noGrid {
				c.StrokeLine2(sty, x(ch.x.at(t.Value)), c.Min.Y, x(ch.x.at(t.Value)), c.Max.Y)
			}
		}
		for _, t := range ch.y.ticks {
			if !ch.y.noGrid {
				c.StrokeLine2(sty, c.Min.X, y(ch.y.at(t.Value)), c.Max.X, y(ch.y.at(t.Value)))
			}
		}
	}
	data := func(c draw.Canvas, pl *plot.Plot) {
		tx, ty := pl.Transforms(&c)
		x := func(v float64) vg.Length { return snap(tx(ch.x.at(v))) }
		y := func(v float64) vg.Length { return snap(ty(ch.y.at(v))) }
		for _, l := range ch.layers {
			l(&c, st, x, y)
		}
	}
	frame := func(c draw.Canvas, _ *plot.Plot) {
		c.StrokeLines(draw.LineStyle{Color: st.Ink, Width: st.AxisWidth}, []vg.Point{
			c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min,
		})
	}
	return []plot.Plotter{plotFunc(grid), plotFunc(data), plotFunc(frame)}
}

// fromZero is an axis from zero that shows values up to max, with a name and, unless empty, a unit.
func fromZero(label string, u unit, max float64, count int) ruler {
	s := ruler{label: withUnit(label, u)}
	if !(max > 0) {
		max = 1
	}
	s.max, s.ticks = axisTop(max, count)
	return s
}

func withUnit(label string, u unit) string {
	if u.name == "" {
		return label
	}
	return label + " (" + u.name + ")"
}

// exactlyTo is an axis from zero to max, where max is a bound that means something.
func exactlyTo(label string, max float64, count int) ruler {
	step, decimals := axisStep(max, count)
	return ruler{label: label, max: max, ticks: axisTicks(max, step, decimals)}
}

// decades is a logarithmic axis around values from min to max, both above zero.
func decades(label string, min, max float64) ruler {
	s := ruler{label: label, log: true, min: min / 1.15, max: max * 1.15}
	few := max/min < 300
	for e := -15; e < 16; e++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * pow10(e)
			if e < 0 {
				v = m / pow10(-e)
			}
			if v < s.min || v > s.max {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 || few {
				t.Label = strconv.FormatFloat(v, 'f', -1, 64)
			}
			if m == 1 || few {
				s.ticks = append(s.ticks, t)
			}
		}
	}
	return s
}

// places is an axis whose values stand where numbers say, or side by side if they are none. at returns the
// place of the k-th.
func places(label string, names []string, log bool) (s ruler, at []float64) {
	at = make([]float64, len(names))
	numbers := true
	unit := strings.TrimLeft(names[0], "0123456789.")
	for k, n := range names {
		v, err := strconv.ParseFloat(strings.TrimSuffix(n, unit), 64) // 1%, 5%: the unit is the same
		at[k] = v
		numbers = numbers && err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) && (!log || v > 0)
	}
	low, high := slices.Min(at), slices.Max(at)
	if !numbers || low == high {
		for k := range names {
			at[k] = float64(k)
		}
		return rowOf(label, names), at
	}
	s = ruler{label: label, log: log}
	for k, n := range names {
		s.ticks = append(s.ticks, plot.Tick{Value: at[k], Label: n})
	}
	defer func() { s.thinLabels() }()
	if log {
		pad := math.Pow(high/low, 0.04)
		s.min, s.max = low/pad, high*pad
		return s, at
	}
	pad := float64((high - low) * 0.04) // converted: no fused rounding
	s.min, s.max = low-pad, high+pad
	if len(names) > 12 {
		step, decimals := axisStep(high, 8)
		s.ticks = axisTicks(high, step, decimals)
		s.ticks = slices.DeleteFunc(s.ticks, func(t plot.Tick) bool { return t.Value < s.min })
	}
	return s, at
}

// thinLabels takes away labels that would lie on their neighbours.
func (r *ruler) thinLabels() {
	const char, gap = 0.019, 0.02 // parts of a column's axis
	order := make([]int, len(r.ticks))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(r.ticks[a].Value, r.ticks[b].Value) })
	free, span := math.Inf(-1), r.at(r.max)-r.at(r.min)
	for _, i := range order {
		t := &r.ticks[i]
		at, half := (r.at(t.Value)-r.at(r.min))/span, char*float64(len(t.Label))/2
		if at-half < free {
			t.Label = ""
			continue
		}
		free = at + half + gap
	}
}

// rowOf is an axis of names side by side, at 0, 1, 2 ...
func rowOf(label string, names []string) ruler {
	s := ruler{label: label, min: -0.5, max: float64(len(names)) - 0.5, noGrid: true}
	for k, n := range names {
		s.ticks = append(s.ticks, plot.Tick{Value: float64(k), Label: wrap(ascii(n), 40/len(names))})
	}
	return s
}

// wrap breaks a name between words into lines of about so many characters.
func wrap(s string, chars int) string {
	var lines []string
	for _, word := range strings.Fields(s) {
		last := len(lines) - 1
		if last >= 0 && len(lines[last])+1+len(word) <= max(chars, 6) {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return strings.Join(lines, "\n")
}
