// Command mpsim runs Multipath TCP scenarios, sweeps them, and draws figures for papers.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitFailed   = 1 // the run failed or a check did not hold
	exitBadInput = 2 // the input is wrong; nothing was written
)

// inputError marks an error as the user's input being wrong.
type inputError struct{ err error }

func (e inputError) Error() string { return e.err.Error() }
func (e inputError) Unwrap() error { return e.err }

func badInput(err error) error {
	if err == nil {
		return nil
	}
	return inputError{err}
}

func main() { os.Exit(mainWith(os.Stdout, os.Stderr, os.Args[1:])) }

// mainWith runs the command and returns its exit status.
func mainWith(out, errs io.Writer, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if !errors.Is(err, errShown) {
		fmt.Fprintln(errs, "mpsim: "+err.Error())
	}
	var in inputError
	if errors.As(err, &in) {
		return exitBadInput
	}
	return exitFailed
}

// errShown is returned when the user has been told already.
var errShown = errors.New("already reported")

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "mpsim",
		Short: "A deterministic packet-level simulator of Multipath TCP",
		Long: "mpsim runs a scenario (hosts, links, a workload, in YAML) and writes figures, captures and\n" +
			"tables that anyone with the same file gets again, bit for bit.\n\n" +
			"Start with:  mpsim run handover/full",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return badInput(fmt.Errorf("%w\nSee `%s --help`", err, cmd.CommandPath()))
	})
	root.AddCommand(newRun(), newSweep(), newPlot(), newCheck(), newExplain(), newList(), newSchema(),
		newBench(), newVersion())
	return root
}

// exactly refuses another number of arguments than n, naming what is missing.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return badInput(fmt.Errorf("%s takes %s (got %d arguments)\nSee `%s --help`",
			cmd.CommandPath(), what, len(args), cmd.CommandPath()))
	}
}
