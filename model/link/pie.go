package link

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// PIE: RFC 8033 section 4, with the delay taken from time stamps (section 4.3) and the cap of section 5.5.

// PIEConfig has the parameters of PIE; zero fields take the default.
type PIEConfig struct {
	Target   unit.Duration // QDELAY_REF; default 15 ms
	Update   unit.Duration // T_UPDATE; default 15 ms
	MaxBurst unit.Duration // MAX_BURST; default 150 ms
	// Alpha and Beta weigh the delay's distance from the target and its change, per second of either; defaults
	// 1/8 and 5/4. They may be above 1.
	Alpha, Beta unit.Ratio
}

func (c *PIEConfig) fill() {
	if c.Target == 0 {
		c.Target = 15 * unit.Millisecond
	}
	if c.Update == 0 {
		c.Update = 15 * unit.Millisecond
	}
	if c.MaxBurst == 0 {
		c.MaxBurst = 150 * unit.Millisecond
	}
	if c.Alpha.Num == 0 {
		c.Alpha = unit.Ratio{Num: 1, Den: 8}
	}
	if c.Beta.Num == 0 {
		c.Beta = unit.Ratio{Num: 5, Den: 4}
	}
}

func (c PIEConfig) check(name string) error {
	c.fill()
	if c.Target < 0 || c.Target > maxDelay || c.Update < unit.Microsecond || c.MaxBurst < 0 ||
		c.Alpha.Den == 0 || c.Beta.Den == 0 {
		return fmt.Errorf("link %s: PIE with a target of %d ns, updates each %d ns (at least 1 us), a burst "+
			"allowance of %d ns, alpha %d/%d, beta %d/%d", name, c.Target, c.Update, c.MaxBurst,
			c.Alpha.Num, c.Alpha.Den, c.Beta.Num, c.Beta.Den)
	}
	return nil
}

const (
	pieMarkLimit = 0.1     // mark_ecnth: with a probability above it packets are dropped, not marked
	pieDecay     = 0.98    // of the probability, each update without delay
	pieScale     = 1 << 53 // draws are fractions of it
)

// pie is the state of one queue. Probabilities are in double precision, with each product rounded before it
// is added to something.
type pie struct {
	alpha, beta    float64 // per nanosecond
	dropProb       float64
	delay          unit.Duration // current_qdelay: how long the last packet that left had waited
	delayOld       unit.Duration // qdelay_old
	burstAllowance unit.Duration
	nextUpdate     sim.Time
}

func (s *pie) init(c *PIEConfig) {
	*s = pie{
		alpha:          float64(c.Alpha.Num) / float64(c.Alpha.Den) / 1e9,
		beta:           float64(c.Beta.Num) / float64(c.Beta.Den) / 1e9,
		burstAllowance: c.MaxBurst, nextUpdate: sim.Time(c.Update),
	}
}

// catchUp does the updates that are due by now: nothing can have happened in between that would have changed
// one. Once nothing moves any more, the rest is skipped.
func (s *pie) catchUp(now sim.Time, c *PIEConfig) {
	for ; s.nextUpdate <= now; s.nextUpdate = s.nextUpdate.Add(c.Update) {
		if s.dropProb == 0 && s.delay == 0 && s.delayOld == 0 && s.burstAllowance == c.MaxBurst {
			s.nextUpdate = s.nextUpdate.Add(c.Update * (now.Sub(s.nextUpdate) / c.Update))
			continue
		}
		s.update(c)
	}
}

// update is the periodic calculation of the drop probability (section 4.2) and of the burst allowance
// (section 4.4).
func (s *pie) update(c *PIEConfig) {
	p := float64(s.alpha*float64(s.delay-c.Target)) + float64(s.beta*float64(s.delay-s.delayOld))
	p /= pieTune(s.dropProb)
	if s.dropProb >= 0.1 {
		p = min(p, 0.02) // section 5.5
	}
	s.dropProb += p
	if s.delay == 0 && s.delayOld == 0 {
		s.dropProb *= pieDecay
	}
	s.dropProb = min(max(s.dropProb, 0), 1)
	s.burstAllowance = max(s.burstAllowance-c.Update, 0)
	if s.dropProb == 0 && s.delay < c.Target/2 && s.delayOld < c.Target/2 {
		s.burstAllowance = c.MaxBurst
	}
	s.delayOld = s.delay
}

// pieTune is the divisor of the steps when the probability is small (section 4.2).
func pieTune(p float64) float64 {
	switch {
	case p < 0.000001:
		return 2048
	case p < 0.00001:
		return 512
	case p < 0.0001:
		return 128
	case p < 0.001:
		return 32
	case p < 0.01:
		return 8
	case p < 0.1:
		return 2
	}
	return 1
}

// pieArrival decides about a packet that comes (section 4.1).
func (n *Net) pieArrival(now sim.Time, a *aqm, p PacketID) verdict {
	s := &a.server.pie
	s.catchUp(now, &a.PIE)
	switch {
	case s.burstAllowance > 0,
		s.delayOld < a.PIE.Target/2 && s.dropProb < 0.2,
		a.server.queue.octets <= 2*a.server.largest:
		return verdictPass
	case float64(a.stream.Uint64()>>11) >= float64(s.dropProb*pieScale):
		return verdictPass
	}
	return n.signal(p, a.ECN && s.dropProb < pieMarkLimit)
}

// pieDeparture notes how long p had waited; 0 once the queue is empty.
func (n *Net) pieDeparture(now sim.Time, a *aqm, p PacketID) {
	s := &a.server.pie
	s.catchUp(now, &a.PIE)
	s.delay = 0
	if p != 0 && a.server.queue.head != 0 {
		s.delay = now.Sub(n.packets[p].arrival)
	}
}
