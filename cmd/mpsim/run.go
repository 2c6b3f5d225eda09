package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpsim/results/figure"
	"mpsim/results/record"
	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
	"mpsim/scenarios/sweep"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// runOptions are the flags of `mpsim run` and, where they apply, of `mpsim sweep`.
type runOptions struct {
	out     string
	seed    uint64
	seedSet bool
	sets    []string
	capture string // "": none, "host" or "interface": one file each
	series  bool
	figures bool
	csv     bool
	stats   bool
	sharing bool
	workers int
}

func newRun() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run NAME|FILE",
		Short: "Run one scenario and draw its figures",
		Long: "Run a shipped scenario (mpsim list) or a YAML file. Writes OUT/<scenario>/<point>/<seed>/ with\n" +
			"manifest, summary, time series and figures; prints a summary, the digest and the folder.",
		Example: "  mpsim run handover/full\n" +
			"  mpsim run handover/full --set links.wifi.rate='20 Mbit/s' --seed 3 --capture",
		Args:              exactly(1, "one scenario: a name from `mpsim list`, or a file"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seedSet = cmd.Flags().Changed("seed")
			return runCommand(cmd, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "out", "folder for results")
	f.Uint64Var(&o.seed, "seed", 0, "master seed (default: the scenario's)")
	f.StringArrayVar(&o.sets, "set", nil, "override a value: path.to.key=value (repeatable)")
	captureFlag(f, &o)
	f.BoolVar(&o.series, "series", true, "write time series (figures need them)")
	f.BoolVar(&o.figures, "figures", true, "draw the scenario's figures")
	f.BoolVar(&o.csv, "csv", false, "write every series as CSV too")
	f.BoolVar(&o.stats, "stats", false, "print events, packet-hops, speed and memory")
	f.IntVar(&o.workers, "workers", 1, "processors for one world: it is cut between pods, with the same results; 0: all")
	f.BoolVar(&o.sharing, "sharing", false, "tell which flows share which links")
	return cmd
}

// What --capture takes.
const (
	capturePerHost      = "host"
	capturePerInterface = "interface"
)

// captureFlag adds --capture, alone or with what a file is written for.
func captureFlag(f *pflag.FlagSet, o *runOptions) {
	f.Var((*captureValue)(&o.capture), "capture", "write capture/*.pcapng, one file a host or an interface")
	f.Lookup("capture").NoOptDefVal = capturePerHost
}

// captureValue is the value of --capture.
type captureValue string

func (v *captureValue) String() string { return string(*v) }
func (v *captureValue) Type() string   { return "host|interface" }

// Set takes a value, or refuses it.
func (v *captureValue) Set(s string) error {
	if s != capturePerHost && s != capturePerInterface {
		return fmt.Errorf("write --capture for one file a host, --capture=interface for one an interface")
	}
	*v = captureValue(s)
	return nil
}

func runCommand(cmd *cobra.Command, name string, o runOptions) error {
	s, err := load(cmd, name, o.sets)
	if err != nil {
		return err
	}
	if o.seedSet {
		s.Seed = o.seed
	}
	asked := o.workers
	if o.workers, err = processors(asked); err != nil {
		return err
	}
	res, err := execute(cmd.Context(), s, sweep.PointOf(o.sets), o,
		newStatus(os.Stderr, s.Name, sim.Time(s.Duration)))
	if res == nil {
		return err
	}
	out := cmd.OutOrStdout()
	printSummary(out, res)
	if o.stats {
		printStats(out, res)
	}
	printWorkers(cmd.ErrOrStderr(), asked, res)
	for _, w := range res.manifest.Warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "warning: "+w)
	}
	for _, f := range res.skipped {
		fmt.Fprintln(cmd.ErrOrStderr(), "warning: "+f.Error())
	}
	fmt.Fprintf(out, "digest %s\n", res.manifest.Digest)
	fmt.Fprintf(out, "results %s\n", res.dir)
	return err
}

// outcome is what one run left.
type outcome struct {
	dir      string
	manifest record.Manifest
	summary  *trace.Summary
	stats    build.Stats
	wall     time.Duration
	costs    *memoryCosts // nil: not asked for
	workers  int          // parts that ran side by side
	whole    error        // why no more, or nil
	skipped  []*figure.EmptyError
	log      []build.LogLine // that scripts have written
}

// execute runs one scenario into its directory. On an interrupt it stops at once, keeps nothing
// half-written and returns an error. A workload that failed is an error too, but its results are kept.
func execute(ctx context.Context, s *spec.Scenario, point string, o runOptions,
	st *status) (*outcome, error) {
	run, err := record.Create(record.Dir(o.out, s.Name, point, s.Seed), record.Options{CSV: o.csv})
	if err != nil {
		return nil, err
	}
	defer run.Abort()
	defer keepHugePages()()
	opt := build.Options{Sharing: o.sharing, Workers: o.workers}
	if o.series = o.series && s.Record.Series; o.series {
		opt.Series = trace.NewSeries()
		if err := run.Series(opt.Series); err != nil {
			return nil, err
		}
	}
	if o.capture != "" {
		opt.PerInterface = o.capture == capturePerInterface
		opt.Capture = run.Capture
	}
	w, err := build.New(s, opt)
	if err != nil {
		run.Discard()
		return nil, badInput(err)
	}
	defer w.Close()
	start := time.Now()
	if err := advance(ctx, w, run, sim.Time(s.Duration), st); err != nil {
		return nil, err
	}
	res := &outcome{dir: run.Dir(), wall: time.Since(start), stats: w.Stats()}
	res.workers, res.whole = w.Workers()
	if o.stats {
		if res.costs, err = measureMemory(s, w); err != nil {
			return nil, err
		}
	}
	res.summary = w.Summary()
	res.manifest = record.Manifest{
		Scenario: s.Name, Point: point, Seed: s.Seed, Version: release, Digest: w.Digest(),
		ScenarioSHA256: s.Hash(), SimulatedNs: int64(w.Now()), Warnings: w.Warnings(),
		EffectiveScenario: string(spec.Explain(s)),
	}
	for _, in := range w.Inputs() {
		res.manifest.Inputs = append(res.manifest.Inputs,
			record.FileInfo{Path: in.Name, SizeBytes: in.SizeBytes, SHA256: in.SHA256})
	}
	for _, t := range w.ScriptTables() {
		if err := run.Whole(t); err != nil {
			return nil, err
		}
	}
	res.log = w.Log()
	if err := run.Commit(res.manifest, res.summary, timing(res)); err != nil {
		return nil, err
	}
	if o.series && o.figures {
		res.skipped, err = drawFigures(res.dir, s)
	}
	if failed := w.Err(); failed != nil {
		err = errors.Join(fmt.Errorf("%s: %w", s.Name, failed), err)
	}
	return res, errors.Join(w.ScriptErrors().Err(), err)
}

// A slice of the run is as long in virtual time as takes about this long on the wall.
const (
	sliceShort = 10 * time.Millisecond
	sliceLong  = 50 * time.Millisecond
)

// advance runs the world in slices of virtual time, looking at the terminal and the disk in between.
// What happens in the world does not depend on where it is cut.
func advance(ctx context.Context, w *build.World, run *record.Run, end sim.Time, st *status) error {
	defer st.clear()
	slice := min(end, sim.Time(unit.Millisecond))
	for {
		began := time.Now()
		w.Run(min(end, w.Now()+slice))
		switch took := time.Since(began); {
		case took < sliceShort:
			slice = min(2*slice, end)
		case took > sliceLong:
			slice = max(slice/2, 1)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w at %s of virtual time: nothing of this run was kept, an earlier result stays",
				errInterrupted, span(int64(w.Now())))
		}
		if err := run.Err(); err != nil {
			return err
		}
		if w.Now() >= end {
			return nil
		}
		st.update(w.Now(), w.Events())
	}
}

var errInterrupted = errors.New("interrupted")

// timing is the record of wall time and speed, the only one that differs between two runs.
func timing(r *outcome) *trace.Record {
	var t trace.Record
	ns := max(int64(r.wall), 1)
	t.Int("wall_ns", ns)
	t.Int("events", int64(r.stats.Events))
	t.Int("packet_hops", int64(r.stats.PacketHops))
	t.Int("packet_hops_per_second", int64(float64(r.stats.PacketHops)/(float64(ns)/1e9)))
	t.Text("program_sha256", programHash())
	return &t
}
