package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"mpsim/sim"
)

// status is the live line of one run on a terminal: simulated time, events a second, time left.
// Elsewhere it prints nothing.
type status struct {
	out   io.Writer
	on    bool
	name  string
	end   sim.Time
	start time.Time
	last  time.Time
	drawn bool
}

func newStatus(out *os.File, name string, end sim.Time) *status {
	on := term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb"
	now := time.Now()
	return &status{out: out, on: on, name: name, end: end, start: now, last: now}
}

// update redraws the line at most five times a second.
func (s *status) update(at sim.Time, events uint64) {
	if !s.on || time.Since(s.last) < 200*time.Millisecond {
		return
	}
	s.last = time.Now()
	wall := time.Since(s.start).Seconds()
	line := fmt.Sprintf("%s: %.1f of %.0f s simulated, %.1f M events/s", s.name,
		float64(at)/1e9, float64(s.end)/1e9, float64(events)/wall/1e6)
	if at > 0 && at < s.end {
		line += fmt.Sprintf(", %.0f s left", wall*float64(s.end-at)/float64(at))
	}
	fmt.Fprintf(s.out, "\r\x1b[K%s", line)
	s.drawn = true
}

// clear removes the line.
func (s *status) clear() {
	if s.drawn {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}
