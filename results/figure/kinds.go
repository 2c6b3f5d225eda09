package figure

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"mpsim/results/record"
)

// Kind is one type of figure.
type Kind struct {
	Name, Doc string
	draw      func(*run) (*panel, error)
}

// Kinds lists the figure types in the order they are drawn.
func Kinds() []Kind {
	return []Kind{
		{"goodput", "goodput over time at the receiver, stacked by subflow", drawGoodput},
		{"data-sequence", "data sequence over time, coloured by the subflow that brought it", drawSequence},
		{"window", "congestion window over time of each subflow at the sender", drawCwnd},
		{"rtt", "smoothed round-trip time over time of each subflow at the sender", drawRTT},
		{"queue", "queue occupancy over time of each link", drawQueue},
		{"subflows", "life of each subflow over time, with its priority and goodput", drawSubflows},
	}
}

// Drawn says what Write did.
type Drawn struct {
	// Files are the paths written.
	Files []string
	// Skipped tells which figures had nothing to show, where all were asked for.
	Skipped []*EmptyError
}

// Write draws the named figures, or all that have data, into the run's figures directory: for each
// NAME.svg, NAME.pdf, NAME.png and NAME.csv, each whole or not at all. An unknown name, a damaged
// series and an unwritable directory are errors; so is an empty figure that was asked for by name.
func Write(res *record.Result, opt Options, names ...string) (Drawn, error) {
	var drawn Drawn
	kinds, err := choose(names)
	if err != nil {
		return drawn, err
	}
	r, err := load(res, opt)
	if err != nil {
		return drawn, err
	}
	for _, k := range kinds {
		p, err := k.draw(r)
		var empty *EmptyError
		if errors.As(err, &empty) && len(names) == 0 {
			drawn.Skipped = append(drawn.Skipped, empty)
			continue
		}
		if err != nil {
			return drawn, err
		}
		p.title = ascii(opt.Title)
		files, err := render(p, p.csv, r.opt.Style)
		if err != nil {
			return drawn, fmt.Errorf("figure %s: %w", k.Name, err)
		}
		if err := drawn.save(filepath.Join(res.Dir, record.FiguresDir, k.Name), files); err != nil {
			return drawn, err
		}
	}
	return drawn, nil
}

// save writes the formats of one figure to path and an extension each.
func (d *Drawn) save(path string, files []rendered) error {
	for _, f := range files {
		if err := record.ReplaceFile(path+f.ext, f.data); err != nil {
			return err
		}
		d.Files = append(d.Files, path+f.ext)
	}
	return nil
}

func choose(names []string) ([]Kind, error) {
	if len(names) == 0 {
		return Kinds(), nil
	}
	var chosen []Kind
next:
	for _, n := range names {
		var known []string
		for _, k := range Kinds() {
			if k.Name == n {
				chosen = append(chosen, k)
				continue next
			}
			known = append(known, k.Name)
		}
		return nil, fmt.Errorf("no figure type %q (there are %s)", n, strings.Join(known, ", "))
	}
	return chosen, nil
}

type rendered struct {
	ext  string
	data []byte
}

// picture is what can be drawn on a canvas: a panel or a chart.
type picture interface {
	draw(c draw.Canvas, st Style)
}

// render draws a picture in every format.
func render(p picture, csv []byte, st Style) ([]rendered, error) {
	fixPDFDates()
	w, h := st.Width, st.Height
	var out []rendered
	for _, c := range []struct {
		ext    string
		canvas interface {
			vg.CanvasSizer
			io.WriterTo
		}
	}{
		{".svg", vgsvg.New(w, h)},
		{".pdf", vgpdf.New(w, h)},
		{".png", vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(st.PNGDotsPerInch),
			vgimg.UseBackgroundColor(color.White))}},
	} {
		var canvas vg.CanvasSizer = snapping{c.canvas}
		if c.ext == ".png" {
			canvas = &glyphs{snapping: snapping{c.canvas}}
		}
		p.draw(draw.New(canvas), st)
		var buf bytes.Buffer
		if _, err := c.canvas.WriteTo(&buf); err != nil {
			return nil, err
		}
		data := buf.Bytes()
		if c.ext == ".svg" {
			data = withFallbackFonts(data)
		}
		out = append(out, rendered{c.ext, data})
	}
	return append(out, rendered{".csv", csv}), nil
}

// withFallbackFonts names fonts of the same widths for readers without the Liberation faces.
func withFallbackFonts(svg []byte) []byte {
	svg = bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Serif;"),
		[]byte("font-family:Liberation Serif,Times New Roman,Times,serif;"))
}

// fixPDFDates replaces the wall clock that the PDF library writes by default. Its defaults are
// global, so they are set once, before the first document.
var fixPDFDates = sync.OnceFunc(func() {
	date := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	fpdf.SetDefaultCreationDate(date)
	fpdf.SetDefaultModificationDate(date)
	fpdf.SetDefaultCatalogSort(true)
})
