package tcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// chrono tells how long a stream had something to send, and what held it back meanwhile (Linux, tcp_chrono_*
// since 4.10).
type chrono struct {
	state chronoState
	since sim.Time
	spent [numChronos]unit.Duration
}

type chronoState uint8

const (
	chronoIdle   chronoState = iota // nothing queued, nothing unacknowledged
	chronoBusy                      // at the network's pace
	chronoWindow                    // the peer's window is full
	chronoBuffer                    // the send buffer is full and all of it sent
	numChronos
)

func (c *chrono) set(now sim.Time, s chronoState) {
	if s == c.state {
		return
	}
	c.spent[c.state] += now.Sub(c.since)
	c.state, c.since = s, now
}

// info fills in the three times; each of the latter two is part of the first.
func (c *chrono) info(now sim.Time, i *TCPInfo) {
	spent := c.spent
	spent[c.state] += now.Sub(c.since)
	us := func(d unit.Duration) uint64 { return uint64(d / unit.Microsecond) }
	i.RwndLimited, i.SndbufLimited = us(spent[chronoWindow]), us(spent[chronoBuffer])
	i.BusyTime = us(spent[chronoBusy]) + i.RwndLimited + i.SndbufLimited
}

// clock updates the stream's times after something was queued, sent or acknowledged.
func (s *Stream) clock(now sim.Time) {
	state := chronoBusy
	switch {
	case s.snd.end == s.snd.una || s.e == nil:
		state = chronoIdle
	case s.snd.nxt == s.snd.end:
		if s.full && !s.took {
			state = chronoBuffer
		}
	case int64(s.e.snd.edge)-int64(s.e.snd.nxt) < min(s.e.snd.mss, s.snd.Unsent()) && s.e.cwndOpen():
		// Where both windows are full Linux takes it for the congestion window's doing (tcp_write_xmit).
		state = chronoWindow
	}
	s.limits.set(now, state)
}
