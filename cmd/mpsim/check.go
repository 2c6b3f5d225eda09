package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"mpsim/scenarios/spec"
	"mpsim/scenarios/sweep"
)

func newCheck() *cobra.Command {
	var sets []string
	cmd := &cobra.Command{
		Use:   "check NAME|FILE...",
		Short: "Check scenarios, their traces and their wiring, without running them",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exactly(1, "at least one scenario")(cmd, args)
			}
			return nil
		},
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			var failed error
			for _, name := range args {
				s, err := load(cmd, name, sets)
				var notes []string
				if err == nil {
					notes, err = remarks(s)
				}
				if err == nil && s.Sweep != nil {
					err = checkStudy(cmd, name, s, sets)
				}
				if err != nil {
					if !errors.Is(err, errShown) {
						showError(cmd.ErrOrStderr(), err)
					}
					failed = badInput(errShown)
					continue
				}
				for _, n := range notes {
					fmt.Fprintf(cmd.ErrOrStderr(), "%s: warning: %s\n", name, n)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", name)
			}
			return failed
		},
	}
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a value: path.to.key=value (repeatable)")
	return cmd
}

// checkStudy checks what the scenario's own sweep sets, each case of an axis by itself: points are many.
func checkStudy(cmd *cobra.Command, name string, base *spec.Scenario, given []string) error {
	common, axes, _ := sweep.Study(base)
	st := &study{base: base, axes: axes}
	check := func(sets []string) error {
		s, err := load(cmd, name, slices.Concat(given, common, sets))
		if err != nil {
			return err
		}
		return st.names.learn(s)
	}
	if err := check(nil); err != nil {
		return err
	}
	var failed error
	for _, a := range axes {
		for _, c := range a.Cases {
			if err := check(c.Sets); err != nil { // one of an axis will do
				failed = errors.Join(failed, err)
				break
			}
		}
	}
	if failed != nil {
		return failed
	}
	return badInput(st.checkNames())
}
