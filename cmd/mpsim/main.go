// Command mpsim runs Multipath TCP scenarios, sweeps them, and draws figures for papers.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"github.com/spf13/cobra"

	"mpsim/scenarios/spec"
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if !errors.Is(err, errShown) {
		showError(errs, err)
	}
	var in inputError
	if errors.As(err, &in) {
		return exitBadInput
	}
	return exitFailed
}

// showError tells an error. Problems of a scenario begin with their place, for editors to jump to.
func showError(errs io.Writer, err error) {
	var problems spec.Problems
	if errors.As(err, &problems) {
		fmt.Fprintln(errs, err)
		return
	}
	fmt.Fprintln(errs, "mpsim: "+err.Error())
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
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			cmd.SuggestionsMinimumDistance = 2
			hint := "See `mpsim --help`"
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = fmt.Sprintf("Did you mean `mpsim %s`? %s", near[0], hint)
			}
			return badInput(fmt.Errorf("unknown command %q\n%s", args[0], hint))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		text := goInternals.ReplaceAllString(err.Error(), "")
		return badInput(fmt.Errorf("%s\nSee `%s --help`", text, cmd.CommandPath()))
	})
	root.AddCommand(newRun(), newSweep(), newPlot(), newCheck(), newCheckCapture(), newExplain(), newList(), newSchema(),
		newTorture(), newDrill(), newBench(), newVersion())
	return root
}

// goInternals is what the flag parser tells of how it reads numbers.
var goInternals = regexp.MustCompile(`strconv\.\w+: parsing "[^"]*": `)

// exactly refuses another number of arguments than n, naming what is missing.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		hint := ""
		for _, a := range args {
			if f := cmd.Flags().Lookup("capture"); f != nil && f.Changed && (a == capturePerHost || a == capturePerInterface) {
				hint = fmt.Sprintf("\nWrite --capture=%s, with an equals sign", a)
			}
		}
		return badInput(fmt.Errorf("%s takes %s (got %d arguments)%s\nSee `%s --help`",
			cmd.CommandPath(), what, len(args), hint, cmd.CommandPath()))
	}
}
