package spec

import "mpsim/sim/unit"

// Sweep is the study that a scenario is made for: what `mpsim sweep` runs without further arguments, and the
// figures it draws.
type Sweep struct {
	Set          []Setting   // at every point
	Axes         []SweepAxis // in the order of the file; the last one varies fastest
	Replications int         // seeds: the scenario's and those that follow it
	Figures      []SweepFigure
	Table        []SweepQuantity // at the end; nil: what the figures show
}

// SweepQuantity is what the table of a sweep tells of each point: a column of sweep.csv, or a field of
// records.
type SweepQuantity struct {
	Label   string // empty: from its name
	Metric  string
	Records string
	Field   string
	Where   []Setting
	Of      unit.Bitrate
	Only    []AxisCases // the points that are told; nil: all
}

// Setting is one value of the scenario that a point of a sweep sets, as --set does.
type Setting struct {
	Path  string // topology.k
	Value string // YAML on one line
}

// SweepAxis is one dimension: either paths that take each of the values, or cases that are named.
type SweepAxis struct {
	Name   string
	Label  string   // on figures; empty: the name
	Paths  []string // with Values: all of them take the value
	Values []string // YAML on one line each
	Cases  []SweepCase
}

// SweepCase is one named value of an axis: several settings at once.
type SweepCase struct {
	Name string // on figures
	Sets []Setting
}

// Kinds of figures of a sweep.
const (
	SweepLine    = "line"    // a metric over an axis, one curve for each case of the others
	SweepBars    = "bars"    // the same as groups of bars
	SweepCDF     = "cdf"     // distribution of a field of records of all runs of a point
	SweepRanked  = "ranked"  // the same sorted by size, over the rank
	SweepScatter = "scatter" // one metric over another, a point a run
	SweepHeat    = "heat"    // a metric over two axes
)

// Statistics of a figure of a sweep.
const (
	SweepMean   = "mean"
	SweepMedian = "median"
)

// SweepFigureKinds are the kinds of figures of a sweep.
var SweepFigureKinds = []string{SweepLine, SweepBars, SweepCDF, SweepRanked, SweepScatter, SweepHeat}

// SweepFigure is one figure of a sweep. Metrics are columns of sweep.csv.
type SweepFigure struct {
	Kind   string // one of SweepFigureKinds
	Name   string // of its files; empty: the kind
	Title  string
	Label  string // of the value; empty: from its name
	XLabel string // of the horizontal axis; empty: from the axis, metric or field

	X       string   // axis of line, bars, heat
	Y       string   // axis of heat
	Metric  []Metric // line, bars, heat, scatter
	XMetric string   // scatter

	Records string    // cdf, ranked: group of summary.json
	Field   string    // cdf, ranked: of those records
	Where   []Setting // cdf, ranked: fields that the records must have
	Of      unit.Bitrate
	// Log: the horizontal axis is logarithmic (line, cdf, scatter).
	Log  bool
	Only []AxisCases // the points that are shown; nil: all

	// Statistic of line and bars: SweepMean with a confidence interval, or SweepMedian with quartiles.
	Statistic string
	Never     bool // cdf: records whose field has no value count: the curve ends below 1
}

// AxisCases are some of the cases of an axis.
type AxisCases struct {
	Axis  string
	Cases []string
}

// Metric is a column of sweep.csv and what it is called on a figure; the name is empty if there is one only.
type Metric struct{ Name, Column string }
