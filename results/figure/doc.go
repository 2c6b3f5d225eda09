// Package figure draws the figures of one run from the files of its directory, never from a simulation:
// goodput stacked by subflow, data sequence, congestion window, round-trip time, queue occupancy, the lives
// of subflows; and those of a sweep from its table and the summaries of its runs: lines and bars of means or
// medians over an axis, distributions, ranked values, scatter, heat, and tables beside them.
//
// Each figure type is one file with one function that reads tables and returns a panel; style.go
// holds the one style of all figures, and kinds.go lists the types. A figure is written as SVG,
// PDF and PNG, with the numbers that it shows as CSV beside it.
//
// # What a figure promises
//
//   - The size it is printed at: 3.33 in wide (one column) or 7.0 in (two), text of 7 to 8 points.
//
//   - Colours of Okabe and Ito (Color Universal Design, 2008) with a dash pattern each, chosen for
//     different lightness so that they differ in black and white too. A label keeps its look in
//     every figure of a run, and radio technologies keep theirs in every run.
//
//   - Units in every label, axes from zero, a light grid, the legend outside the data.
//
//   - Events of a handover as dashed vertical lines with their names above.
//
//   - The same octets from the same run directory on every machine: fixed PDF dates, no wall clock,
//     integers up to the last step, coordinates on a grid (snap.go), glyphs as paths where text
//     would be rasterised in floats (glyphs.go).
//
//   - Figures of a sweep say what their error bars are and of how many runs: the mean of replications with
//     its 95% interval by Student's t (package stats). Distributions pool the values of a point's runs and shade
//     the range of the single runs, since values inside one run are not independent.
//
// # Limits
//
// Text is ASCII: the PDF backend encodes code page 1252, so other characters become "?". The SVG
// names the font (Liberation Sans, then Arial and Helvetica, which have the same widths) and does
// not embed it; PDF embeds whole TrueType faces. Curves are thinned to the extremes in each
// thousandth of the time axis, points to a third of a typographic point; the CSV holds what is
// drawn, the Parquet series hold everything. Figures of a connection show the one that carried most
// unless another is asked for.
//
// # Validation
//
// A synthetic handover and a synthetic sweep are drawn and compared with committed hashes of every file and
// with PNG images, twice in one process and under one and two processors, on amd64 and, under qemu-user, on
// arm64; the sums behind the goodput figure are checked against the table's totals by a property test.
package figure
