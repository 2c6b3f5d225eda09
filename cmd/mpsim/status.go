package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"mpsim/sim"
)

// How often a run tells how far it is: on a terminal, in a line that is drawn again, and elsewhere.
const (
	redrawEvery = 200 * time.Millisecond
	plainEvery  = 10 * time.Second
)

// status tells how far one run is: simulated time, events a second, time left. On a terminal it is one live
// line; elsewhere a plain line now and then.
type status struct {
	out   io.Writer
	live  bool
	name  string
	end   sim.Time
	start time.Time
	last  time.Time
	drawn bool
}

func newStatus(out *os.File, name string, end sim.Time) *status {
	now := time.Now()
	live := term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb"
	return &status{out: out, live: live, name: name, end: end, start: now, last: now}
}

// update tells how far the run is, if it is time to.
func (s *status) update(at sim.Time, events uint64) {
	if s == nil { // a run of a sweep
		return
	}
	s.tell(func(wall float64) string { return s.line(at, events, wall) })
}

// tell shows a line, which is made after so many seconds of wall time, if it is time to.
func (s *status) tell(make func(wall float64) string) {
	every := plainEvery
	if s.live {
		every = redrawEvery
	}
	now := time.Now()
	if now.Sub(s.last) < every {
		return
	}
	s.last = now
	line := make(now.Sub(s.start).Seconds())
	if !s.live {
		fmt.Fprintln(s.out, line)
		return
	}
	fmt.Fprintf(s.out, "\r\x1b[K%s", line)
	s.drawn = true
}

// tenSeconds is how long a run must be to be told of in seconds.
const tenSeconds = sim.Time(10e9)

// line is what there is to tell after wall seconds.
func (s *status) line(at sim.Time, events uint64, wall float64) string {
	unit, per := "s", 1e9
	if s.end < tenSeconds {
		unit, per = "ms", 1e6
	}
	line := fmt.Sprintf("%s: %.1f of %.0f %s simulated, %.1f M events/s", s.name,
		float64(at)/per, float64(s.end)/per, unit, float64(events)/wall/1e6)
	if at > 0 && at < s.end {
		line += fmt.Sprintf(", %.0f s left", wall*float64(s.end-at)/float64(at))
	}
	return line
}

// clear removes the live line.
func (s *status) clear() {
	if s != nil && s.drawn {
		fmt.Fprint(s.out, "\r\x1b[K")
		s.drawn = false
	}
}
