package build

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/sim"
	"mpsim/sockapi/script"
)

// mostWaiting is how many tasks of one script are told to wait; the rest are counted.
const mostWaiting = 3

// waitText says in which calls the tasks of a script hang, and since when; "" if none does. A task main that
// is alone is not named.
func waitText(all []script.Waiting) string {
	var parts []string
	for _, x := range all[:min(len(all), mostWaiting)] {
		text := x.String()
		if len(all) == 1 {
			text = strings.TrimPrefix(text, "main: ")
		}
		parts = append(parts, text)
	}
	if more := len(all) - mostWaiting; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more tasks", more))
	}
	return strings.Join(parts, "; ")
}

// hung lists the calls in which a script hangs at the end of the run.
func (x *scripted) hung(now sim.Time) []script.Waiting {
	if x.run.Ended() || now < sim.Time(x.spec.Start) {
		return nil
	}
	return x.run.Waiting()
}

// atRest tells that nothing can happen any more: no event is left but that which takes samples.
func (w *World) atRest() bool {
	left := w.world.Pending()
	if w.watch != nil && w.watch.series != nil {
		left--
	}
	return left <= 0
}

// hangs warns of scripts whose calls can never return: no packet is under way, no timer runs. A server that
// only waits for clients is as it should be.
func (w *World) hangs() []string {
	var out []string
	for _, x := range w.scripts {
		all := x.hung(w.Now())
		accepts := !slices.ContainsFunc(all, func(x script.Waiting) bool { return x.Call != "accept" })
		if accepts || x.run.Err() != nil { // or none waits
			continue
		}
		if !w.atRest() {
			return nil
		}
		out = append(out, fmt.Sprintf("application %s can never return: %s, and nothing is left to happen",
			x.spec.Name, waitText(all)))
	}
	return out
}
