package link

import (
	"fmt"
	"math"
	"math/bits"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Loss says which packets vanish on the air. A lost packet has used the queue and the transmitter; it is
// counted when it would have arrived. The zero value loses nothing.
type Loss struct {
	Ratio unit.Ratio      // each packet independently
	Burst *GilbertElliott // if not nil, Ratio must be zero
}

// GilbertElliott is the two-state Markov model of bursty loss (Gilbert 1960, Elliott 1963). For each
// packet the state takes one step, then the packet is lost with the probability of the state. A link
// starts in the good state.
type GilbertElliott struct {
	GoodToBad, BadToGood unit.Ratio // step probabilities, per packet
	LossGood, LossBad    unit.Ratio
}

func (l Loss) active() bool { return l.Burst != nil || l.Ratio.Num != 0 }

func (l Loss) check(name string) error {
	ratios := []unit.Ratio{l.Ratio}
	if b := l.Burst; b != nil {
		if l.Ratio.Num != 0 {
			return fmt.Errorf("link %s: has both independent and Gilbert-Elliott loss; leave one out", name)
		}
		ratios = append(ratios, b.GoodToBad, b.BadToGood, b.LossGood, b.LossBad)
	}
	for _, r := range ratios {
		if r.Num > r.Den {
			return fmt.Errorf("link %s: probability %d/%d is above 1", name, r.Num, r.Den)
		}
	}
	return nil
}

// always is the threshold of probability 1, which a 64-bit threshold cannot express: draw knows it.
const always = math.MaxUint64

// threshold returns floor(r x 2^64), or always.
func threshold(r unit.Ratio) uint64 {
	if r.Num == 0 {
		return 0
	}
	if r.Num >= r.Den {
		return always
	}
	q, _ := bits.Div64(r.Num, 0, r.Den)
	return q
}

// chance draws once, whatever the threshold, so that streams stay in step between runs.
func chance(s *sim.Stream, threshold uint64) bool {
	return s.Chance(threshold) || threshold == always
}

// lossState draws from the stream "link/<name>/loss", in order of arrival.
type lossState struct {
	stream     *sim.Stream
	burst, bad bool
	step       [2]uint64 // thresholds of leaving the good and the bad state
	lose       [2]uint64 // thresholds of loss in the good and the bad state
}

func (s *lossState) init(w *sim.World, name string, l Loss) {
	s.stream = w.Stream("link/" + name + "/loss")
	s.set(l)
}

// fork returns a copy that goes its own way: it draws the same numbers as the original will.
func (s *lossState) fork() lossState {
	c, stream := *s, *s.stream
	c.stream = &stream
	return c
}

// set changes the model. The state of a burst model carries over to another one.
func (s *lossState) set(l Loss) {
	b := l.Burst
	if b == nil {
		s.burst, s.bad = false, false
		s.lose[0] = threshold(l.Ratio)
		return
	}
	s.burst = true
	s.step = [2]uint64{threshold(b.GoodToBad), threshold(b.BadToGood)}
	s.lose = [2]uint64{threshold(b.LossGood), threshold(b.LossBad)}
}

// draw decides about one packet.
func (s *lossState) draw() bool {
	if !s.burst {
		return chance(s.stream, s.lose[0])
	}
	state := 0
	if s.bad {
		state = 1
	}
	if chance(s.stream, s.step[state]) {
		s.bad = !s.bad
		state = 1 - state
	}
	return chance(s.stream, s.lose[state])
}
