package link

import (
	"bufio"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// opportunityOctets is what one opportunity carries.
const opportunityOctets = 1500

// Trace is a recorded sequence of delivery opportunities in mahimahi's format: one integer a line,
// milliseconds from the start, not decreasing; each line is a chance to carry 1500 octets, shared by
// small packets and summed up by large ones. It repeats with the last line's time as its period.
// Octets that nobody waits for are lost. A Trace is read-only and may drive many links.
type Trace struct {
	name string
	at   []uint32 // ms; the last one is the period
}

// maxTraceMs bounds a trace's length: 40 days, so that times stay in 32 bits.
const maxTraceMs = 40 * 24 * 3600 * 1000

// ParseTrace reads a trace; name stands in the errors, which have the form "name:line: what".
func ParseTrace(name string, r io.Reader) (*Trace, error) {
	t := &Trace{name: name}
	lines := bufio.NewScanner(r)
	line, last := 0, uint64(0)
	fail := func(format string, args ...any) (*Trace, error) {
		return nil, fmt.Errorf("%s:%d: %w", name, max(line, 1), fmt.Errorf(format, args...))
	}
	for lines.Scan() {
		line++
		text := strings.TrimSpace(lines.Text())
		ms, err := strconv.ParseUint(text, 10, 64)
		switch {
		case text == "":
			return fail("empty line; each line is a time in milliseconds")
		case strings.HasPrefix(text, "-"):
			return fail("negative time %q", text)
		case err != nil && !digits(text):
			return fail("%q is not a number of milliseconds", text)
		case err != nil || ms > maxTraceMs:
			return fail("time %s ms is too large (at most %d)", text, maxTraceMs)
		case ms < last:
			return fail("time goes backwards, from %d ms to %d ms", last, ms)
		}
		last = ms
		t.at = append(t.at, uint32(ms))
	}
	if err := lines.Err(); err != nil {
		line++
		return fail("%w", err)
	}
	if len(t.at) == 0 {
		return fail("empty trace; it needs at least one line with a time above 0")
	}
	if last == 0 {
		return fail("the last time, which is the trace's period, is 0 ms")
	}
	t.at = slices.Clip(t.at)
	return t, nil
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// Name returns the name given to ParseTrace.
func (t *Trace) Name() string { return t.name }

// Period returns the time after which the trace repeats.
func (t *Trace) Period() unit.Duration { return unit.Duration(t.period()) }

func (t *Trace) period() sim.Time { return ms(t.at[len(t.at)-1]) }

func ms(v uint32) sim.Time { return sim.Time(v) * sim.Time(unit.Millisecond) }

// before returns the opportunities earlier than to, to >= 0.
func (t *Trace) before(to sim.Time) int64 {
	cycle, i := t.first(to)
	return int64(cycle)*int64(len(t.at)) + int64(i)
}

// first returns the cycle and index of the first opportunity at from or later. A cycle's last opportunity
// coincides with the start of the next one.
func (t *Trace) first(from sim.Time) (cycle sim.Time, i int) {
	if from <= 0 {
		return 0, 0
	}
	cycle = (from - 1) / t.period()
	offset := from - cycle*t.period()
	i, _ = slices.BinarySearchFunc(t.at, offset, func(v uint32, o sim.Time) int {
		return int(min(max(ms(v)-o, -1), 1))
	})
	return cycle, i
}

// Capacity returns the octets that the trace can carry in [from, to).
func (t *Trace) Capacity(from, to sim.Time) unit.Bytes {
	return unit.Bytes(t.before(to)-t.before(from)) * opportunityOctets
}

// MeanRate returns Capacity as a rate, rounded down. to must lie after from.
func (t *Trace) MeanRate(from, to sim.Time) unit.Bitrate {
	hi, lo := bits.Mul64(uint64(t.Capacity(from, to)), workPerOctet)
	q, _ := bits.Div64(hi, lo, uint64(to-from))
	return unit.Bitrate(q)
}

// cursor is a link's place in its trace: the opportunity in use and what is left of it.
type cursor struct {
	trace *Trace
	base  sim.Time // start of the cycle
	i     int
	left  int64 // octets
}

func (c *cursor) time() sim.Time { return c.base + ms(c.trace.at[c.i]) }

// serve takes size octets into service at from or behind what has been served, and returns their departure:
// the time of the opportunity that carries the last of them. A packet may use an opportunity of the
// instant at which it comes.
func (c *cursor) serve(from sim.Time, size int64) sim.Time {
	if c.time() < from {
		c.skip(from)
	}
	for size > c.left {
		size -= c.left
		c.step()
	}
	c.left -= size
	return c.time()
}

func (c *cursor) step() {
	c.left = opportunityOctets
	c.i++
	if c.i == len(c.trace.at) {
		c.i = 0
		c.base += c.trace.period()
	}
}

// skip moves to the first opportunity at from or later: a short way on foot, a long one by search.
func (c *cursor) skip(from sim.Time) {
	for range 16 {
		c.step()
		if c.time() >= from {
			return
		}
	}
	c.seek(from)
}

// seek sets c to the first opportunity at from or later.
func (c *cursor) seek(from sim.Time) {
	cycle, i := c.trace.first(from)
	c.base, c.i, c.left = cycle*c.trace.period(), i, opportunityOctets
}
