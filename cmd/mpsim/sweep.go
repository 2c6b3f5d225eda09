package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"mpsim/results/record"
	"mpsim/scenarios/spec"
	"mpsim/scenarios/sweep"
)

// sweepOptions are the flags of `mpsim sweep` beyond those of a run.
type sweepOptions struct {
	runOptions
	seeds   string // empty: the scenario's replications, or 1
	workers int
	again   bool
}

func newSweep() *cobra.Command {
	var o sweepOptions
	cmd := &cobra.Command{
		Use:   "sweep NAME|FILE [--set key=a,b,c...]",
		Short: "Run a scenario at every combination of values and seeds",
		Long: "Run every combination of the --set axes under every seed, side by side, and collect one row a\n" +
			"run in OUT/<scenario>/sweep.csv. Under one seed all points meet the same random losses.\n" +
			"A scenario that has a sweep of its own is run at its points and gets its figures; --set changes\n" +
			"the values of its axes, or adds to them. Runs that are there from an earlier sweep by the same\n" +
			"program are kept.",
		Example: "  mpsim sweep datacenter/subflows\n" +
			"  mpsim sweep handover/full --set links.wifi.loss=0.1%,1% \\\n    --set hosts.server.mptcp.scheduler=minrtt,roundrobin " +
			"--seeds 1..10",
		Args:              exactly(1, "one scenario: a name from `mpsim list`, or a file"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			return sweepCommand(cmd, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "out", "folder for results")
	f.StringArrayVar(&o.sets, "set", nil, "an axis: path.to.key=value,value (repeatable)")
	f.StringVar(&o.seeds, "seeds", "", "seeds: 3, 1..10, 1,5,9 (default: those of the scenario's sweep, or 1)")
	f.IntVarP(&o.workers, "workers", "j", runtime.NumCPU(), "runs side by side")
	f.IntVar(&o.workers, "jobs", runtime.NumCPU(), "the same as --workers")
	_ = f.MarkHidden("jobs") // it exists
	f.BoolVar(&o.again, "again", false, "run what is there from an earlier sweep again")
	f.BoolVar(&o.series, "series", false, "write time series for every run")
	f.BoolVar(&o.figures, "figures", false, "draw the figures of every run (needs --series)")
	captureFlag(f, &o.runOptions)
	return cmd
}

// job is one run of a sweep, decoded and checked before any starts.
type job struct {
	run      sweep.Run
	scenario *spec.Scenario
}

// finished is what a sweep keeps of a run in memory: a row of its table, no records of flows.
type finished struct {
	digest  string
	columns []namedValue
}

// study is a sweep before it runs.
type study struct {
	base  *spec.Scenario // at no point
	axes  []sweep.Axis
	jobs  []job
	names knownNames
}

func sweepCommand(cmd *cobra.Command, name string, o sweepOptions) error {
	if o.workers < 1 {
		return badInput(fmt.Errorf("--workers %d: at least one run at a time", o.workers))
	}
	st, err := plan(cmd, name, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d runs, %d side by side\n", len(st.jobs), min(o.workers, len(st.jobs)))
	rep := newReporter(st, cmd.ErrOrStderr())
	results, err := runAll(cmd.Context(), st, o, rep)
	dir := filepath.Join(o.out, filepath.FromSlash(st.base.Name))
	if werr := record.WriteSweep(dir, st.record(results), sweepTable(st, results)); werr != nil {
		return errors.Join(err, werr)
	}
	if err == nil {
		if err = reportSweep(cmd, dir, rep.quantities); err == nil && st.base.Sweep != nil {
			err = plotSweep(cmd, dir, sweepPlot{})
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "results %s\n", record.SweepTable(dir))
	return err
}

// plan decodes every point once, so that a wrong value is told before anything runs.
func plan(cmd *cobra.Command, name string, o sweepOptions) (*study, error) {
	var given []sweep.Axis
	var single []string
	for _, s := range o.sets {
		a, err := sweep.ParseAxis(s)
		if err != nil {
			return nil, badInput(err)
		}
		if len(a.Cases) == 1 {
			single = append(single, s)
		}
		if !strings.HasPrefix(a.Name, "sweep.") || len(a.Cases) > 1 { // what changes the study is of no point
			given = append(given, a)
		}
	}
	// A value that is wrong at a point is told with the point's own overrides.
	base, err := load(cmd, name, single)
	if err != nil {
		return nil, err
	}
	st := &study{base: base}
	var sets []string
	var seeds []uint64
	if base.Sweep != nil {
		sets, st.axes, seeds = sweep.Study(base)
	}
	if sets, st.axes, err = sweep.Override(sets, st.axes, given); err != nil {
		return nil, badInput(err)
	}
	switch {
	case o.seeds != "":
		if seeds, err = sweep.ParseSeeds(o.seeds); err != nil {
			return nil, badInput(err)
		}
	case seeds == nil:
		seeds = []uint64{1}
	}
	runs, err := sweep.Expand(sets, st.axes, seeds)
	if err != nil {
		return nil, badInput(err)
	}
	st.restate(sets, len(seeds))
	if err := st.decode(cmd, name, runs); err != nil {
		return st, err
	}
	return st, badInput(st.checkNames())
}

// restate makes the scenario's own sweep the one that is run, for the record.
func (st *study) restate(sets []string, replications int) {
	if st.base.Sweep == nil {
		return
	}
	old := st.base.Sweep
	now := spec.Sweep{Replications: replications}
	for _, f := range old.Figures {
		if only, any := st.stillThere(f.Only); any {
			f.Only = only
			now.Figures = append(now.Figures, f)
		}
	}
	for _, q := range old.Table {
		if only, any := st.stillThere(q.Only); any {
			q.Only = only
			now.Table = append(now.Table, q)
		}
	}
	now.Set = settings(sets)
	for _, a := range st.axes {
		axis := spec.SweepAxis{Name: a.Name}
		for _, o := range old.Axes {
			if o.Name == a.Name {
				axis.Label = o.Label
			}
		}
		for _, c := range a.Cases {
			axis.Cases = append(axis.Cases, spec.SweepCase{Name: c.Name, Sets: settings(c.Sets)})
		}
		now.Axes = append(now.Axes, axis)
	}
	st.base.Sweep = &now
}

// stillThere leaves out cases that the command line has taken from their axis; it tells whether any are left.
func (st *study) stillThere(only []spec.AxisCases) (left []spec.AxisCases, any bool) {
	for _, o := range only {
		kept := spec.AxisCases{Axis: o.Axis}
		for _, a := range st.axes {
			for _, c := range a.Cases {
				if a.Name == o.Axis && slices.Contains(o.Cases, c.Name) {
					kept.Cases = append(kept.Cases, c.Name)
				}
			}
		}
		if kept.Cases == nil {
			return nil, false
		}
		left = append(left, kept)
	}
	return left, true
}

// settings splits overrides; of two for one path the later holds.
func settings(sets []string) []spec.Setting {
	var list []spec.Setting
	for _, set := range sets {
		path, value, _ := strings.Cut(set, "=")
		list = slices.DeleteFunc(list, func(s spec.Setting) bool { return s.Path == path })
		list = append(list, spec.Setting{Path: path, Value: value})
	}
	return list
}

// decode makes the jobs. Points that differ in the seed alone are wired once.
func (st *study) decode(cmd *cobra.Command, name string, runs []sweep.Run) error {
	last := ""
	for _, r := range runs {
		s, err := load(cmd, name, r.Sets)
		if err != nil {
			return err
		}
		s.Seed = r.Seed
		s.Sweep = nil // a run is the same run whatever study it belongs to
		if r.Point != last {
			if err := st.names.learn(s); err != nil {
				return err
			}
		}
		last = r.Point
		st.jobs = append(st.jobs, job{r, s})
	}
	return nil
}

// record describes the sweep and its finished runs.
func (st *study) record(results []*finished) record.Sweep {
	out := record.Sweep{Scenario: st.base.Name, Version: release,
		EffectiveScenario: string(spec.Explain(st.base)),
		Axes:              []record.SweepAxis{}, Runs: []record.SweepRun{}}
	labels := map[string]string{}
	if st.base.Sweep != nil {
		for _, a := range st.base.Sweep.Axes {
			labels[a.Name] = a.Label
		}
	}
	for _, a := range st.axes {
		axis := record.SweepAxis{Name: a.Name, Label: labels[a.Name]}
		for _, c := range a.Cases {
			axis.Cases = append(axis.Cases, c.Name)
		}
		out.Axes = append(out.Axes, axis)
	}
	for i, r := range results {
		if r == nil {
			continue
		}
		run := st.jobs[i].run
		out.Runs = append(out.Runs, record.SweepRun{Point: run.Point, Seed: run.Seed,
			Cases: append([]int{}, run.Cases...), Digest: r.digest})
	}
	return out
}

// runAll runs the jobs on a few goroutines; each world is independent, so the order in which they
// finish changes nothing but the progress lines.
func runAll(ctx context.Context, st *study, o sweepOptions, rep *reporter) ([]*finished, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := runner{study: st, opt: o, report: rep, stop: stop,
		results: make([]*finished, len(st.jobs)), errs: make([]error, len(st.jobs))}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(o.workers, len(st.jobs)) {
		wg.Go(func() {
			for i := range next {
				r.run(ctx, i)
			}
		})
	}
	for i := range st.jobs {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		var in inputError
		if errors.As(cause, &in) {
			return r.results, cause
		}
		return r.results, errors.New("interrupted: complete runs were kept, the same command goes on from there")
	}
	failed := len(slices.DeleteFunc(r.errs, func(e error) bool { return e == nil }))
	if failed > 0 {
		return r.results, fmt.Errorf("%d of %d runs failed", failed, len(st.jobs))
	}
	return r.results, nil
}

// runner is what the goroutines of a sweep share.
type runner struct {
	*study
	opt  sweepOptions
	stop context.CancelCauseFunc

	results []*finished // each goroutine writes those of its own jobs
	errs    []error

	mu      sync.Mutex // guards what follows
	report  *reporter
	checked bool // the study's figures were compared with a run
}

// run runs the i-th job, or takes what is there of it.
func (r *runner) run(ctx context.Context, i int) {
	j := r.jobs[i]
	res, verb := earlier(j, r.opt), "kept, "
	if res == nil {
		verb = ""
		res, r.errs[i] = execute(ctx, j.scenario, j.run.Point, r.opt.runOptions, nil)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.errs[i]; err != nil {
		fmt.Fprintf(r.report.out, "%s seed %d: %v\n", j.run.Point, j.run.Seed, err)
	} else {
		fmt.Fprintf(r.report.out, "%s seed %d: %sdigest %s\n", j.run.Point, j.run.Seed, verb, res.manifest.Digest)
	}
	r.report.add(j, res, verb != "")
	if res == nil {
		return
	}
	r.results[i] = &finished{res.manifest.Digest, runColumns(res)}
	if !r.checked {
		// A figure that names what no run has is told after the first, not after the last one.
		r.checked = true
		if err := checkFigures(r.study, res); err != nil {
			r.stop(badInput(err))
		}
	}
}

// earlier returns what an earlier sweep by the same program left of the same run, nil if there is
// nothing that would do.
func earlier(j job, o sweepOptions) *outcome {
	if o.again || o.figures || o.capture != "" {
		return nil
	}
	dir := record.Dir(o.out, j.scenario.Name, j.run.Point, j.run.Seed)
	res, err := record.Open(dir)
	if err != nil || res.Manifest.ScenarioSHA256 != j.scenario.Hash() || len(res.Manifest.Inputs) > 0 ||
		o.series && !slices.Contains(res.Tables(), "subflow") {
		return nil
	}
	timing, err := record.Timing(dir)
	if err != nil {
		return nil
	}
	if program, ok := timing.Get("program_sha256"); !ok || program.Text == "" || program.Text != programHash() {
		return nil
	}
	return &outcome{dir: dir, manifest: res.Manifest, summary: res.Summary}
}
