package sim

import (
	"fmt"

	"mpsim/sim/unit"
)

// Time is an instant of virtual time in nanoseconds since the start of the run.
type Time int64

// Never is later than every event.
const Never Time = 1<<63 - 1

// Add returns the instant d after t.
func (t Time) Add(d unit.Duration) Time { return t + Time(d) }

// Sub returns the span from u to t.
func (t Time) Sub(u Time) unit.Duration { return unit.Duration(t - u) }

// String prints seconds with all nine decimals, so that no two instants print alike.
func (t Time) String() string {
	switch {
	case t == Never:
		return "never"
	case t < 0:
		return fmt.Sprintf("-%d.%09ds", uint64(-t)/1e9, uint64(-t)%1e9)
	}
	return fmt.Sprintf("%d.%09ds", t/1e9, t%1e9)
}
