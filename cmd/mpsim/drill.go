package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mpsim/sim/unit"
	"mpsim/sockapi/drill"
)

// drillOptions are the flags of `mpsim drill`.
type drillOptions struct {
	verbose   bool
	profile   string
	version   string
	tolerance int64
	seed      uint64
	strict    bool
	defines   []string
	mtu       int
}

func newDrill() *cobra.Command {
	var o drillOptions
	cmd := &cobra.Command{
		Use:   "drill FILE...",
		Short: "Run packetdrill scripts against the stacks",
		Long: "Runs scripts in the packetdrill language, of TCP and Multipath TCP, each against a host of its own\n" +
			"in virtual time. A script that is not as the host behaves fails with the line, what it expects and\n" +
			"what came. One line a file, and a total of several.",
		Example: "  mpsim drill join.pkt\n  mpsim drill -v --profile rfc tests/*.pkt",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exactly(1, "at least one FILE")(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return drillCommand(cmd.OutOrStdout(), cmd.ErrOrStderr(), args, o)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print each packet and call with its time")
	f.StringVar(&o.profile, "profile", "", "how the host behaves: linux (default), rfc ...; a script's line wins")
	f.StringVar(&o.version, "ip_version", "", "ipv4 (default), ipv6 or ipv4-mapped-ipv6")
	f.Int64Var(&o.tolerance, "tolerance_usecs", 0, "how far times may be off, in microseconds (default 4000)")
	f.StringArrayVarP(&o.defines, "define", "D", nil, "NAME=VALUE: replace a word of the scripts")
	f.IntVar(&o.mtu, "mtu", 0, "octets of the largest packet (default 1500; over IPv6 1520)")
	f.BoolVar(&o.strict, "strict", false, "only the forms and times that the scripts have (see docs/drill.md)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of keys, initial sequence numbers and ports")
	return cmd
}

func drillCommand(out, errs io.Writer, files []string, o drillOptions) error {
	failed, bad := 0, 0
	for _, name := range files {
		start := time.Now()
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(errs, "mpsim: "+err.Error())
			bad++
			continue
		}
		c := drill.Config{Profile: o.profile, IPVersion: o.version, Seed: o.seed, Defines: o.defines, MTU: o.mtu,
			Tolerance: unit.Duration(o.tolerance) * unit.Microsecond}
		c.Strict = o.strict
		if o.verbose {
			fmt.Fprintln(out, "=== "+name)
			c.Trace = func(line string) { fmt.Fprintln(out, line) }
		}
		r := drill.Run(name, string(text), c)
		switch {
		case r.Bad != nil:
			bad++
			fmt.Fprintf(out, "BAD   %s\n", name)
			fmt.Fprintln(errs, r.Bad)
		case r.Failure != nil:
			failed++
			fmt.Fprintf(out, "FAIL  %s\n", name)
			fmt.Fprintln(errs, r.Failure)
		default:
			fmt.Fprintf(out, "ok    %s (%.0f ms)\n", name, float64(time.Since(start))/1e6)
		}
	}
	if len(files) > 1 {
		fmt.Fprintf(out, "%d scripts: %d passed, %d failed, %d could not be run\n", len(files),
			len(files)-failed-bad, failed, bad)
	}
	switch {
	case bad > 0:
		return inputError{errShown}
	case failed > 0:
		return errShown
	}
	return nil
}
