package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"mpsim/scenarios/torture"
)

// tortureOptions are the flags of `mpsim torture`.
type tortureOptions struct {
	seed    uint64
	worlds  int
	workers int
	twice   int
	tries   int
	out     string
	replay  []string
	show    bool
	stop    int
	checks  torture.Options
}

func newTorture() *cobra.Command {
	var o tortureOptions
	cmd := &cobra.Command{
		Use:   "torture",
		Short: "Run seeded random worlds under independent checkers",
		Long: "Makes a world from each seed: topology, link faults, timetables, profiles, applications; runs it and\n" +
			"checks that streams arrive whole and in order, that nothing hangs, that packets are conserved, that\n" +
			"buffers and windows are kept, that nothing is left at the end. A world that fails is made small and\n" +
			"written as a scenario file.",
		Example: "  mpsim torture --worlds 2000\n" +
			"  mpsim torture --seed 4711 --worlds 1\n" +
			"  mpsim torture --replay torture/seed-4711-stuck.yaml",
		Args: exactly(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case len(o.replay) > 0:
				return replay(cmd, o)
			case o.worlds < 1:
				return badInput(fmt.Errorf("--worlds is %d: at least one", o.worlds))
			case o.show:
				_, err := cmd.OutOrStdout().Write(torture.Generate(o.seed))
				return err
			}
			return tortureCommand(cmd, o)
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&o.seed, "seed", 1, "seed of the first world; the next ones follow")
	f.IntVarP(&o.worlds, "worlds", "n", 200, "number of worlds")
	f.IntVar(&o.workers, "workers", 0, "worlds at a time (default: one a core)")
	f.IntVar(&o.twice, "twice", 16, "one world of so many runs twice, to compare the digests; 0: none")
	f.IntVar(&o.tries, "tries", 400, "worlds that making a failure small may run; 0: leave it as it is")
	f.StringVarP(&o.out, "out", "o", "torture", "folder for the files of worlds that fail")
	f.StringArrayVar(&o.replay, "replay", nil, "check a scenario file instead (repeatable)")
	f.BoolVar(&o.show, "show", false, "print the scenario of --seed and run nothing")
	f.BoolVar(&o.checks.NoAudit, "no-audit", false, "do not judge every packet by the RFCs as well (package audit)")
	f.IntVar(&o.stop, "stop-after", 10, "end after so many worlds that fail; 0: never")
	return cmd
}

// replay checks files.
func replay(cmd *cobra.Command, o tortureOptions) error {
	var failed error
	for _, name := range o.replay {
		file, data, err := source(name)
		if err != nil {
			return badInput(err)
		}
		w := torture.Check(file, data, o.checks)
		if len(w.Violations) == 0 {
			fmt.Fprintf(cmd.OutOrStdout(), "%s: no violation, digest %s\n", name, w.Digest)
			continue
		}
		if slices.Contains(w.Kinds(), torture.Invalid) {
			fmt.Fprintln(cmd.ErrOrStderr(), w.Violations[0].Text)
			return badInput(errShown)
		}
		printViolations(cmd.OutOrStdout(), name, w)
		failed = errShown
	}
	return failed
}

func printViolations(out io.Writer, name string, o *torture.Outcome) {
	for _, v := range o.Violations {
		fmt.Fprintf(out, "%s: %v\n", name, v)
		if v.Info != "" {
			fmt.Fprintln(out, v.Info)
		}
	}
}

func tortureCommand(cmd *cobra.Command, o tortureOptions) error {
	out := cmd.OutOrStdout()
	st := newStatus(os.Stderr, "torture", 0)
	began := time.Now()
	done, failed := 0, 0
	c := torture.Campaign{Seed: o.seed, Worlds: o.worlds, Workers: o.workers, Twice: o.twice, Options: o.checks}
	var broken error
	c.Done = func(seed uint64, w *torture.Outcome) bool {
		done++
		if len(w.Violations) == 0 {
			st.tell(func(wall float64) string {
				return fmt.Sprintf("torture: %d of %d worlds, %d with violations, %.0f worlds/s", done, o.worlds, failed,
					float64(done)/wall)
			})
			return true
		}
		failed++
		st.clear()
		broken = tortureFailure(cmd.Context(), out, seed, w, o)
		return broken == nil && (o.stop == 0 || failed < o.stop)
	}
	sum := c.Run(cmd.Context())
	st.clear()
	if broken != nil {
		return broken
	}
	printCoverage(out, sum)
	fmt.Fprintf(out, "%d worlds from seed %d, %d with violations, %d events\n",
		sum.Worlds, o.seed, len(sum.Failed), sum.Events)
	fmt.Fprintf(cmd.ErrOrStderr(), "%s\n", time.Since(began).Round(time.Millisecond))
	if err := cmd.Context().Err(); err != nil && !errors.Is(err, context.Canceled) || len(sum.Failed) > 0 {
		return errShown
	}
	if cmd.Context().Err() != nil {
		return errInterrupted
	}
	return nil
}

// tortureFailure tells of a world with violations, how to repeat it, and writes it made small.
func tortureFailure(ctx context.Context, out io.Writer, seed uint64, w *torture.Outcome, o tortureOptions) error {
	name := torture.Name(seed)
	printViolations(out, fmt.Sprintf("seed %d", seed), w)
	fmt.Fprintf(out, "  repeat: mpsim torture --seed %d --worlds 1\n", seed)
	file, v := torture.Generate(seed), w.Violations[0]
	if o.tries > 0 && v.Kind != torture.Determinism {
		file = torture.Shrink(ctx, name, file, o.checks, v.Kind, o.tries)
		if again := torture.Check(name, file, o.checks).Violations; len(again) > 0 {
			v = again[0]
		}
	}
	path := filepath.Join(o.out, fmt.Sprintf("seed-%d-%s.yaml", seed, v.Kind))
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, torture.Expectation(file, v), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "  small:  mpsim torture --replay %s\n", path)
	return nil
}

// printCoverage shows how often each feature was exercised, and warns of those that never were.
func printCoverage(out io.Writer, sum *torture.Sum) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(sum.Coverage)) {
		if n := sum.Coverage[name]; n > 0 {
			fmt.Fprintf(w, "%s\t%d\n", name, n)
		}
	}
	w.Flush()
	if sum.Worlds < 2000 {
		return // too few to tell
	}
	for _, name := range slices.Sorted(maps.Keys(sum.Coverage)) {
		if sum.Coverage[name] == 0 {
			fmt.Fprintf(out, "warning: never exercised: %s\n", name)
		}
	}
}
