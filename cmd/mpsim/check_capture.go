package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/model/audit"
)

// captureOptions are the flags of `mpsim check-capture`.
type captureOptions struct {
	json     bool
	strict   bool
	quiet    bool
	local    bool
	complete string
	vantage  []string
	behind   []string
}

func newCheckCapture() *cobra.Command {
	var o captureOptions
	cmd := &cobra.Command{
		Use:   "check-capture FILE...",
		Short: "Hold captured packets to the rules of TCP and Multipath TCP",
		Long: "Reads pcapng or pcap files, of this simulator or of real hosts, follows their TCP and Multipath TCP\n" +
			"connections, and tells what breaks the protocols: keys, tokens, HMACs, DSS checksums, mappings,\n" +
			"acknowledgments, windows, options out of place. docs/check-capture.md lists the checks.\n\n" +
			"Exit status: 0 no violation, 1 violations (with --strict also warnings), 2 a file cannot\n" +
			"be read or a flag is wrong.",
		Example: "  mpsim check-capture out/handover/full/base/1/capture/phone.pcapng\n" +
			"  mpsim check-capture --behind segments,options lte.pcap",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exactly(1, "at least one FILE")(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return checkCaptures(cmd.OutOrStdout(), cmd.ErrOrStderr(), args, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "print one JSON object a file")
	f.BoolVar(&o.strict, "strict", false, "warnings too give status 1")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print violations and warnings only")
	f.BoolVar(&o.local, "local", false,
		"judge only senders at the vantage point, by what reached them: holds whatever happens on the way")
	f.StringVar(&o.complete, "complete", "auto",
		"whether the file has every packet of its host: yes, no, or auto (captures of mpsim are complete)")
	f.StringArrayVar(&o.vantage, "vantage", nil,
		"interfaces of one vantage point, by number or name: A,B (repeatable; default: found from the packets)")
	f.StringSliceVar(&o.behind, "behind", nil,
		"what a box on the way may change: "+strings.Join(boxNames[:], ", "))
	return cmd
}

var boxNames = [...]string{"payload", "options", "acks", "windows", "segments", "forgeries"}

// auditOptions turns flags into options.
func (o *captureOptions) auditOptions() (audit.Options, error) {
	x := audit.Options{LocalOnly: o.local}
	for _, name := range o.behind {
		found := false
		for i, known := range boxNames {
			if name == known {
				x.Behind |= 1 << i
				found = true
			}
		}
		if !found {
			return x, fmt.Errorf("--behind %s: it takes %s", name, strings.Join(boxNames[:], ", "))
		}
	}
	switch o.complete {
	case "auto", "yes", "no":
	default:
		return x, fmt.Errorf("--complete %s: it takes auto, yes or no", o.complete)
	}
	return x, nil
}

func checkCaptures(out, errs io.Writer, files []string, o captureOptions) error {
	options, err := o.auditOptions()
	if err != nil {
		return badInput(err)
	}
	unreadable, bad := false, false
	for _, name := range files {
		r, err := auditFile(name, o, options)
		if err != nil {
			fmt.Fprintf(errs, "mpsim: %s: %v\n", name, err)
			unreadable = true
			continue
		}
		if o.json {
			text, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s\n", text)
		} else {
			r.print(out, o.quiet)
		}
		bad = bad || r.Violations > 0 || o.strict && r.Warnings > 0
	}
	switch {
	case unreadable:
		return inputError{errShown}
	case bad:
		return errShown
	}
	return nil
}

// auditFile reads a file twice: to find its vantage points, and to check.
func auditFile(name string, o captureOptions, options audit.Options) (*captureReport, error) {
	file, err := os.Open(name)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, err
	}
	defer func() { _ = file.Close() }()
	seen := newSightings()
	var times timeline
	first := int64(-1)
	info, err := readCapture(file, func(c captured) error {
		if first < 0 || c.at < first {
			first = c.at
		}
		times.packet(c)
		seen.packet(c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	groups := seen.group()
	if len(o.vantage) > 0 {
		if groups, err = chosen(o.vantage, info.interfaces, seen.order); err != nil {
			return nil, err
		}
	}
	options.Complete = o.complete == "yes" ||
		o.complete == "auto" && info.application == "mpsim" && info.dropped == 0 && info.broken == nil
	r := &captureReport{File: name, Complete: options.Complete, Dropped: info.dropped}
	if info.broken != nil {
		r.Broken = info.broken.Error()
	}
	auditors := make([]*audit.Auditor, groups.count)
	for i := range auditors {
		auditors[i] = audit.New(options)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	err = times.readInOrder(file, func(number int, c captured) error {
		r.Packets++
		if c.ip == nil {
			r.PassedOver++
			return nil
		}
		// Packets have the numbers of the file, which other programs show.
		if err := auditors[groups.of(c.iface)].Numbered(number, relative(c.at, first), c.dir, c.ip); err != nil {
			r.PassedOver++
		}
		return nil
	})
	for i, a := range auditors {
		a.Finish()
		r.add(i, a, groups.names(i, info.interfaces, seen.order))
	}
	return r, err
}
