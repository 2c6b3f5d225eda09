package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"mpsim/results/record"
	"mpsim/scenarios/spec"
	"mpsim/scenarios/sweep"
	"mpsim/sim/trace"
)

func newSweep() *cobra.Command {
	var o runOptions
	var seeds string
	var jobs int
	cmd := &cobra.Command{
		Use:   "sweep NAME|FILE --set key=a,b,c...",
		Short: "Run a scenario at every combination of values and seeds",
		Long: "Run every combination of the --set axes under every seed, side by side, and collect one row a\n" +
			"run in OUT/<scenario>/sweep.csv. Under one seed all points meet the same random losses.",
		Example:           "  mpsim sweep handover/full --set links.wifi.loss=0.1%,1% \\\n    --set hosts.server.mptcp.scheduler=minrtt,roundrobin --seeds 1..10",
		Args:              exactly(1, "one scenario: a name from `mpsim list`, or a file"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			return sweepCommand(cmd, args[0], seeds, jobs, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "out", "folder for results")
	f.StringArrayVar(&o.sets, "set", nil, "an axis: path.to.key=value,value (repeatable)")
	f.StringVar(&seeds, "seeds", "1", "seeds: 3, 1..10, 1,5,9")
	f.IntVarP(&jobs, "jobs", "j", runtime.NumCPU(), "runs side by side")
	f.BoolVar(&o.series, "series", false, "write time series for every run")
	f.BoolVar(&o.figures, "figures", false, "draw the figures of every run (needs --series)")
	captureFlag(f, &o)
	return cmd
}

// job is one run of a sweep, decoded and checked before any starts.
type job struct {
	run      sweep.Run
	scenario *spec.Scenario
}

func sweepCommand(cmd *cobra.Command, name, seedList string, jobs int, o runOptions) error {
	if jobs < 1 {
		return badInput(fmt.Errorf("-j %d: at least one run at a time", jobs))
	}
	list, err := plan(cmd, name, seedList, o.sets)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d runs, %d side by side\n", len(list), min(jobs, len(list)))
	results, err := runAll(cmd.Context(), list, jobs, o, cmd.ErrOrStderr())
	file := filepath.Join(o.out, list[0].scenario.Name, "sweep.csv")
	if werr := record.ReplaceFile(file, sweepTable(list, results)); werr != nil {
		return errors.Join(err, werr)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "results %s\n", file)
	return err
}

// plan decodes every point once, so that a wrong value is told before anything runs.
func plan(cmd *cobra.Command, name, seedList string, sets []string) ([]job, error) {
	seeds, err := sweep.ParseSeeds(seedList)
	if err != nil {
		return nil, badInput(err)
	}
	var axes []sweep.Axis
	for _, s := range sets {
		a, err := sweep.ParseAxis(s)
		if err != nil {
			return nil, badInput(err)
		}
		axes = append(axes, a)
	}
	runs, err := sweep.Expand(axes, seeds)
	if err != nil {
		return nil, badInput(err)
	}
	list := make([]job, 0, len(runs))
	for _, r := range runs {
		s, err := load(cmd, name, r.Sets)
		if err != nil {
			return nil, err
		}
		s.Seed = r.Seed
		if err := wires(s); err != nil {
			return nil, err
		}
		list = append(list, job{r, s})
	}
	return list, nil
}

// runAll runs the jobs on a few goroutines; each world is independent, so the order in which they
// finish changes nothing but the progress lines.
func runAll(ctx context.Context, list []job, jobs int, o runOptions, progress io.Writer) ([]*outcome, error) {
	results := make([]*outcome, len(list))
	errs := make([]error, len(list))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(jobs, len(list)) {
		wg.Go(func() {
			for i := range next {
				j := list[i]
				results[i], errs[i] = execute(ctx, j.scenario, j.run.Point, o, nil)
				mu.Lock()
				if errs[i] != nil {
					fmt.Fprintf(progress, "%s seed %d: %v\n", j.run.Point, j.run.Seed, errs[i])
				} else {
					fmt.Fprintf(progress, "%s seed %d: digest %s\n", j.run.Point, j.run.Seed,
						results[i].manifest.Digest)
				}
				mu.Unlock()
			}
		})
	}
	for i := range list {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if ctx.Err() != nil {
		return results, errors.New("interrupted: complete runs were kept")
	}
	failed := len(slices.DeleteFunc(errs, func(e error) bool { return e == nil }))
	if failed > 0 {
		return results, fmt.Errorf("%d of %d runs failed", failed, len(list))
	}
	return results, nil
}

// sweepTable is one row a finished run: point, seed, digest, then every number of every application,
// and how many connections asked for Multipath TCP and became plain TCP.
func sweepTable(list []job, results []*outcome) []byte {
	var columns []string
	rows := make([]map[string]string, len(list))
	for i, r := range results {
		if r == nil {
			continue
		}
		rows[i] = map[string]string{"point": list[i].run.Point, "seed": strconv.FormatUint(list[i].run.Seed, 10),
			"digest": r.manifest.Digest}
		for _, set := range list[i].run.Sets {
			path, value, _ := strings.Cut(set, "=")
			rows[i][path] = value
			columns = appendNew(columns, path)
		}
		for n, app := range r.summary.Group(trace.GroupApplications).Records {
			prefix := fmt.Sprintf("application%d.", n)
			if f, ok := app.Get("application"); ok {
				prefix = f.Text + "."
			}
			for _, f := range app.Fields() {
				rows[i][prefix+f.Key] = fieldText(f)
				columns = appendNew(columns, prefix+f.Key)
			}
		}
		numbers, total := fallbacks(r.summary)
		rows[i]["mptcp_connections"], rows[i]["fallback_connections"] = strconv.Itoa(total), strconv.Itoa(len(numbers))
		columns = appendNew(appendNew(columns, "mptcp_connections"), "fallback_connections")
	}
	columns = append([]string{"point", "seed", "digest"}, columns...)
	return csvTable(columns, rows)
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func csvTable(columns []string, rows []map[string]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	cells := make([]string, len(columns))
	write := func() {
		if err := w.Write(cells); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	copy(cells, columns)
	write()
	for _, row := range rows {
		if row == nil {
			continue
		}
		for i, c := range columns {
			cells[i] = row[c]
		}
		write()
	}
	w.Flush()
	return b.Bytes()
}
