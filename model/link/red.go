package link

import (
	"fmt"
	"math/bits"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Random early detection: Floyd and Jacobson, "Random early detection gateways for congestion avoidance",
// 1993, in fixed point; the gentle range is Floyd's recommendation of 2000.

// REDConfig has the parameters of RED. The thresholds are in packets, or both in octets; the queue's average
// is then kept in the same measure.
type REDConfig struct {
	Min, Max Queue // default 5 and 15 packets
	// MaxP is the probability at Max; default 1/50.
	MaxP unit.Ratio
	// Weight is the exponent of w_q = 2^-Weight, 1..16; default 9, which is 0.002.
	Weight int
	// MeanOctets is the size of a typical packet, for the average's decay while the link is idle; default
	// 1500.
	MeanOctets int
	// Sharp drops everything from Max on. Otherwise ("gentle") the probability rises from MaxP at Max to 1
	// at twice Max.
	Sharp bool
}

const (
	redShift    = 16        // the average has so many binary digits after the point
	one32       = 1 << 32   // probability 1
	redMaxQueue = 1<<40 - 1 // octets
)

func (r *REDConfig) fill() {
	if r.Min == (Queue{}) && r.Max == (Queue{}) {
		r.Min.Packets, r.Max.Packets = 5, 15
	}
	if r.MaxP.Num == 0 {
		r.MaxP = unit.Ratio{Num: 1, Den: 50}
	}
	if r.Weight == 0 {
		r.Weight = 9
	}
	if r.MeanOctets == 0 {
		r.MeanOctets = 1500
	}
}

func (r REDConfig) check(c *Config) error {
	r.fill()
	low, high := r.thresholds()
	switch {
	case r.Min.Octets != 0 && r.Min.Packets != 0 || r.Max.Octets != 0 && r.Max.Packets != 0 ||
		(r.Min.Octets != 0) != (r.Max.Octets != 0):
		return fmt.Errorf("link %s: RED's two thresholds must both be in packets or both in octets", c.Name)
	case low <= 0 || high <= low || high > redMaxQueue:
		return fmt.Errorf("link %s: RED's thresholds %d and %d must be positive and rise", c.Name, low, high)
	case r.MaxP.Num > r.MaxP.Den:
		return fmt.Errorf("link %s: RED's probability %d/%d is above 1", c.Name, r.MaxP.Num, r.MaxP.Den)
	case r.Weight < 1 || r.Weight > 16:
		return fmt.Errorf("link %s: RED's weight is the exponent of 1/2 and must be 1..16, not %d",
			c.Name, r.Weight)
	case r.MeanOctets < 1 || r.MeanOctets > maxPacketOctets:
		return fmt.Errorf("link %s: RED's mean packet of %d octets is outside 1..%d",
			c.Name, r.MeanOctets, maxPacketOctets)
	case c.Trace != nil:
		return fmt.Errorf("link %s: RED ages its average by the link's rate, which a trace does not have; "+
			"use another discipline", c.Name)
	}
	return nil
}

// thresholds returns Min and Max in their measure.
func (r *REDConfig) thresholds() (low, high int64) {
	if r.Min.Octets != 0 {
		return int64(r.Min.Octets), int64(r.Max.Octets)
	}
	return int64(r.Min.Packets), int64(r.Max.Packets)
}

// redState is what RED keeps of one queue. Queue sizes have redShift binary digits after the point,
// probabilities are of 2^32.
type redState struct {
	avg      int64
	count    int64 // packets since the last one that was marked or dropped; -1: avg was below Min
	min, max int64
	maxP     uint64
	mean     uint64 // octets
	weight   uint8
	inOctets bool
	gentle   bool
	forced   bool // the last verdict was not a matter of chance: not a mark, but a drop (RFC 3168 section 7)
}

func (r *redState) init(c REDConfig) {
	low, high := c.thresholds()
	*r = redState{
		count: -1, min: low << redShift, max: high << redShift, maxP: fraction32(c.MaxP),
		mean: uint64(c.MeanOctets), weight: uint8(c.Weight), inOctets: c.Min.Octets != 0, gentle: !c.Sharp,
	}
}

// fraction32 returns r, at most 1, as a fraction of 2^32, rounded down.
func fraction32(r unit.Ratio) uint64 {
	q, _ := bits.Div64(r.Num>>32, r.Num<<32, r.Den)
	return q
}

// arrive brings the average up to date for a packet that comes to l, which is settled, and tells whether it
// is to be marked or dropped.
func (r *redState) arrive(now sim.Time, l *link, s *sim.Stream) bool {
	if l.queuedPackets > 0 {
		q := int64(l.queuedPackets)
		if r.inOctets {
			q = l.queuedOctets
		}
		r.avg += (q<<redShift - r.avg) >> r.weight
	} else if r.avg != 0 {
		r.age(uint64(now-l.freeAt), l.rate)
	}
	r.forced = false
	switch {
	case r.avg < r.min:
		r.count = -1
		return false
	case r.avg < r.max:
		return r.draw(share(r.maxP, r.avg-r.min, r.max-r.min), s)
	case r.gentle && r.avg < 2*r.max:
		return r.draw(r.maxP+share(one32-r.maxP, r.avg-r.max, r.max), s)
	}
	r.count = 0
	r.forced = true
	return true
}

// share returns p x part / whole.
func share(p uint64, part, whole int64) uint64 {
	hi, lo := bits.Mul64(p, uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return q
}

// draw spreads the marks: after count packets without one, p becomes p/(1 - count p).
func (r *redState) draw(p uint64, s *sim.Stream) bool {
	r.count++
	u := s.Uint64() >> 32
	spent := uint64(r.count) * p
	if spent < one32 && u*(one32-spent) >= p<<32 {
		return false
	}
	r.count = 0
	return true
}

// age lets the average decay by the packets that an idle link could have sent since the queue was last
// busy: (1-w_q)^m.
func (r *redState) age(idle, rate uint64) {
	if rate == 0 {
		r.avg = 0
		return
	}
	hi, lo := bits.Mul64(idle, rate)
	packet := r.mean * workPerOctet
	if hi >= packet {
		r.avg = 0
		return
	}
	m, _ := bits.Div64(hi, lo, packet)
	f, base := uint64(one32), uint64(one32-one32>>r.weight)
	for ; m > 0 && f > 0; m >>= 1 {
		if m&1 != 0 {
			f = f * base >> 32
		}
		base = base * base >> 32
	}
	hi, lo = bits.Mul64(uint64(r.avg), f)
	r.avg = int64(hi<<32 | lo>>32)
}
