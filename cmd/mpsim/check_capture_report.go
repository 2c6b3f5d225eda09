package main

import (
	"fmt"
	"io"
	"strings"

	"mpsim/model/audit"
)

// captureReport is what check-capture says of one file.
type captureReport struct {
	File       string          `json:"file"`
	Packets    int             `json:"packets"`
	PassedOver int             `json:"packets_passed_over"` // no TCP over IP
	Dropped    uint64          `json:"packets_dropped_by_capture"`
	Broken     string          `json:"broken,omitempty"` // the file ends early
	Complete   bool            `json:"complete"`         // taken to hold every packet
	Violations int             `json:"violations"`
	Warnings   int             `json:"warnings"`
	Notes      int             `json:"notes"`
	Vantages   []vantageReport `json:"vantage_points"`
}

type vantageReport struct {
	Interfaces  []string           `json:"interfaces"`
	Findings    []findingReport    `json:"findings"`
	Connections []audit.Connection `json:"connections"`
	lines       []string
}

type findingReport struct {
	Severity   string  `json:"severity"`
	Check      string  `json:"check"`
	RFC        string  `json:"rfc"`
	Packet     int     `json:"packet,omitempty"`
	TimeS      float64 `json:"time_s"`
	Connection int     `json:"connection"`
	Subflow    int     `json:"subflow,omitempty"`
	From       string  `json:"from"`
	Text       string  `json:"text"`
	Expected   string  `json:"expected,omitempty"`
	Seen       string  `json:"seen,omitempty"`
}

// add takes over what one auditor found.
func (r *captureReport) add(_ int, a *audit.Auditor, interfaces []string) {
	v := vantageReport{Interfaces: interfaces, Findings: []findingReport{}, Connections: a.Connections()}
	for _, f := range a.Findings() {
		v.Findings = append(v.Findings, findingReport{Severity: f.Severity.String(), Check: f.Check.String(),
			RFC: f.RFC(), Packet: f.Packet, TimeS: float64(f.Time) / 1e9, Connection: f.Conn, Subflow: f.Flow,
			From: f.From, Text: f.Check.Text(), Expected: f.Expected, Seen: f.Seen})
		v.lines = append(v.lines, f.String())
	}
	for _, c := range v.Connections {
		r.Violations += c.Violations
		r.Warnings += c.Warnings
		r.Notes += c.Notes
	}
	r.Vantages = append(r.Vantages, v)
}

// print writes findings, connections and a total.
func (r *captureReport) print(out io.Writer, quiet bool) {
	connections := 0
	for i, v := range r.Vantages {
		if len(r.Vantages) > 1 && !quiet {
			fmt.Fprintf(out, "vantage point %d: %s\n", i+1, strings.Join(v.Interfaces, ", "))
		}
		for n, f := range v.Findings {
			if !quiet || f.Severity != audit.Note.String() {
				fmt.Fprintln(out, v.lines[n])
			}
		}
		connections += len(v.Connections)
		for _, c := range v.Connections {
			if !quiet {
				printConnection(out, c)
			}
		}
	}
	fmt.Fprintf(out, "%s: %s, %s: %s, %s, %s\n", r.File, plural(r.Packets, "packet"), plural(connections, "connection"),
		plural(r.Violations, "violation"), plural(r.Warnings, "warning"), plural(r.Notes, "note"))
	switch {
	case r.Broken != "":
		fmt.Fprintf(out, "%s: the file ends early: %s\n", r.File, r.Broken)
	case r.PassedOver > 0 && !quiet:
		fmt.Fprintf(out, "%s: %s passed over: no TCP over IP\n", r.File, plural(r.PassedOver, "packet"))
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func printConnection(out io.Writer, c audit.Connection) {
	fmt.Fprintf(out, "connection %d: %s, %s > %s, %d + %d octets of payload", c.ID, c.Protocol, c.Initiator,
		c.Listener, c.Octets[0], c.Octets[1])
	if c.Protocol != "tcp" {
		fmt.Fprintf(out, ", %s, %d + %d data-acknowledged", plural(len(c.Subflows), "subflow"), c.Data[0], c.Data[1])
		if c.Checksum {
			fmt.Fprint(out, ", checksums")
		}
	}
	if c.FellBack {
		fmt.Fprint(out, ", fell back to TCP")
	}
	fmt.Fprintln(out)
	for _, u := range c.Unchecked {
		fmt.Fprintf(out, "  not checked: %s\n", u)
	}
}

// names lists the interfaces of a vantage point.
func (v *vantages) names(group int, names []string, order []int) []string {
	list := []string{}
	for _, i := range order {
		if v.group[i] != group {
			continue
		}
		name := fmt.Sprint("interface ", i)
		if file := i % ifaceStep; file < len(names) {
			if name = names[file]; i >= ifaceStep {
				name += fmt.Sprint(" #", i/ifaceStep)
			}
		}
		list = append(list, name)
	}
	return list
}
