package main

import (
	"github.com/spf13/cobra"

	"mpsim/scenarios/spec"
)

func newExplain() *cobra.Command {
	var sets []string
	cmd := &cobra.Command{
		Use:               "explain NAME|FILE",
		Short:             "Print the effective scenario, every default shown",
		Args:              exactly(1, "one scenario: a name from `mpsim list`, or a file"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(cmd, args[0], sets)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(spec.Explain(s))
			return err
		},
	}
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a value: path.to.key=value (repeatable)")
	return cmd
}
