package torture

import (
	"fmt"
	"slices"

	"mpsim/scenarios/spec"
	"mpsim/sim/unit"
)

// traits are what a scenario may do to its connections: what excuses a failure.
type traits struct {
	harsh     bool     // something may cut an end off from its peer, or ends are impatient
	rewrites  bool     // something changes payloads
	shortens  bool     // so that they have fewer octets
	mends     bool     // and it can mend the checksums of the DSS option
	splits    bool     // mappings are cut
	corrupts  bool     // and single octets are changed: two in one mapping may cancel out in its checksum
	stolen    bool     // an attacker can take data, or acknowledge it for the peer
	stateless bool     // a listener may take a late third packet for a second connection
	resizes   bool     // a call makes a receive buffer smaller than what it may hold
	heals     bool     // at the end of the scenario every link and interface works
	ended     []string // applications whose connections are ended by calls
}

// Beyond these losses, packets per hundred, and retries a failure may be bad luck.
const (
	heavyLoss  = 15
	fewRetries = 8
)

func traitsOf(s *spec.Scenario) traits {
	t := traits{heals: true}
	for _, h := range s.Hosts {
		for _, i := range h.Interfaces {
			t.harsh = t.harsh || len(i.Timetable) > 0
			for _, c := range i.Timetable {
				t.heals = t.heals && c.At < s.Duration
			}
			if n := len(i.Timetable); n > 0 {
				t.heals = t.heals && !i.Timetable[n-1].Down
			}
		}
		// A listener that keeps nothing forgets the connection whose third packet is lost (RFC 4987 section
		// 3.6).
		t.stateless = t.stateless || h.MPTCP.StatelessListener
		t.harsh = t.harsh || h.MPTCP.CloseTimeout < 5*unit.Second || h.MPTCP.StatelessListener
		tcp := &h.TCP
		t.harsh = t.harsh || tcp.Retries < fewRetries || tcp.SYNRetries < 5 || tcp.UserTimeout > 0 ||
			tcp.Keepalive != nil
	}
	for _, l := range s.Links {
		for k := range l.Middleboxes {
			t.boxTraits(&l.Middleboxes[k])
		}
		for _, d := range []*spec.Direction{&l.Forward, &l.Backward} {
			t.harsh = t.harsh || d.Trace != nil || heavy(d.Loss)
			t.heals = t.heals && healed(d, s.Duration)
			for _, c := range d.Timetable {
				t.harsh = t.harsh || c.Down != nil && *c.Down || c.Loss != nil && heavy(*c.Loss)
			}
		}
	}
	for _, c := range s.Calls {
		switch c.Call {
		case spec.CallShutdown, spec.CallClose, spec.CallAbort, spec.CallCloseSubflow, spec.CallWithdraw:
			t.ended = append(t.ended, c.Application)
		case spec.CallReceiveBuffer:
			t.resizes = true
		}
	}
	return t
}

// healed tells that a direction of a link works from the end on.
func healed(d *spec.Direction, end unit.Duration) bool {
	down, loss := false, d.Loss
	for _, c := range d.Timetable {
		if c.At+c.Over >= end {
			return false
		}
		if c.Down != nil {
			down = *c.Down
		}
		if c.Loss != nil {
			loss = *c.Loss
		}
	}
	// A burst lasts as many packets, however rare they are by then: retransmissions that have backed off may
	// take long to get through.
	return !down && loss.GilbertElliott == nil && percent(loss) <= heavyLoss
}

// percent returns the mean loss in packets per hundred.
func percent(l spec.Loss) float64 {
	of := func(r unit.Ratio) float64 {
		if r.Den == 0 {
			return 0
		}
		return float64(r.Num) / float64(r.Den)
	}
	g := l.GilbertElliott
	if g == nil {
		return 100 * of(l.Ratio)
	}
	bad := 0.0 // the part of the packets that the bad state meets
	if in, out := of(g.GoodToBad), of(g.BadToGood); in > 0 {
		bad = in / (in + out)
	}
	return 100 * (bad*of(g.LossBad) + (1-bad)*of(g.LossGood))
}

func heavy(l spec.Loss) bool {
	if g := l.GilbertElliott; g != nil {
		return true
	}
	return percent(l) > heavyLoss
}

// excused tells that a connection of the application may fail.
func (t *traits) excused(application string) bool {
	return t.harsh || slices.Contains(t.ended, application)
}

// transferred tells what an end has written and read.
func transferred(e *end) string {
	return fmt.Sprintf("%d octets written, %d read", e.conn.Sent(), e.read)
}

// patience is how long a transfer may stand still although everything works: twice the longest timeouts of
// both levels, and a minute.
func patience(s *spec.Scenario) unit.Duration {
	longest := 120 * unit.Second // cap of the data-level timeout
	for i := range s.Hosts {
		longest = max(longest, s.Hosts[i].TCP.MaxRTO)
	}
	return 2*longest + 2*unit.Minute
}

// endless tells that an application goes on until the run ends: then there is no rest to look at.
func endless(s *spec.Scenario) bool {
	for _, a := range s.Applications {
		if a.Kind == spec.KindBulk && a.Bytes == 0 && a.Duration == 0 ||
			a.Kind == spec.KindRequestResponse && a.Requests == 0 {
			return true
		}
	}
	return false
}
