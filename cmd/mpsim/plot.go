package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/results/figure"
	"mpsim/results/record"
	"mpsim/scenarios/spec"
)

func newPlot() *cobra.Command {
	var kinds []string
	var wide bool
	var connection int64
	var kindNames []string
	for _, k := range figure.Kinds() {
		kindNames = append(kindNames, k.Name)
	}
	cmd := &cobra.Command{
		Use:   "plot DIR",
		Short: "Draw the figures of a run or a sweep from its folder, without running it again",
		Args:  exactly(1, "the folder of one run (the line `results DIR` of mpsim run), or of a sweep"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if record.IsSweep(args[0]) {
				o := sweepPlot{names: kinds}
				if wide {
					o.style = figure.Wide()
				}
				if err := plotSweep(cmd, args[0], o); err != nil || kinds != nil {
					return err
				}
				return plotTables(cmd, args[0])
			}
			res, err := record.Open(args[0])
			if err != nil {
				return badInput(err)
			}
			opt := figure.Options{Connection: connection}
			if wide {
				opt.Style = figure.Wide()
			}
			if len(kinds) == 0 {
				return plotScenario(cmd, res, opt)
			}
			drawn, err := figure.Write(res, opt, kinds...)
			printDrawn(cmd, drawn)
			for _, k := range kinds {
				if !slices.Contains(kindNames, k) {
					return badInput(err)
				}
			}
			return err
		},
	}
	cmd.Flags().StringSliceVar(&kinds, "figure", nil,
		"figures to draw: "+strings.Join(kindNames, ", ")+
			"; of a sweep, by their names (default: those of its scenario)")
	cmd.Flags().BoolVar(&wide, "wide", false, "two columns wide (7.0 in instead of 3.33 in)")
	cmd.Flags().Int64Var(&connection, "connection", 0,
		"connection to draw, by its number in summary.json (default: the one that carried most)")
	return cmd
}

// plotScenario draws what the run's own scenario asks for, with its titles and marks.
func plotScenario(cmd *cobra.Command, res *record.Result, opt figure.Options) error {
	s, problems := spec.Load("manifest.json", []byte(res.Manifest.EffectiveScenario), nil)
	if len(problems) > 0 {
		return badInput(fmt.Errorf("the run's scenario is not one of this version: %w", problems))
	}
	for _, f := range s.Figures {
		drawn, err := drawFigure(res, opt, f)
		printDrawn(cmd, drawn)
		if err != nil {
			return err
		}
	}
	return nil
}

func printDrawn(cmd *cobra.Command, drawn figure.Drawn) {
	for _, f := range drawn.Files {
		fmt.Fprintln(cmd.OutOrStdout(), f)
	}
	for _, s := range drawn.Skipped {
		fmt.Fprintln(cmd.ErrOrStderr(), "skipped: "+s.Error())
	}
}
