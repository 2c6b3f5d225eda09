package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mpsim/scenarios/build"
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
			if s.Topology != nil {
				size, err := build.SizeOf(s.Topology)
				if err != nil {
					return badInput(err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "# %s: %d hosts, %d switches, %d links.\n", s.Topology.Kind, size.Hosts,
					size.Switches, size.Links)
			}
			_, err = cmd.OutOrStdout().Write(spec.Explain(s))
			return err
		},
	}
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a value: path.to.key=value (repeatable)")
	return cmd
}
