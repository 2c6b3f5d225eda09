package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
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
