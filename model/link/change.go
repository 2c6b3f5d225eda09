package link

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// SetRate changes id's rate now (0: infinite). The packet in service continues with what is left of it at the
// new rate, and those behind it follow. Packets in flight are not touched.
func (n *Net) SetRate(id ID, r unit.Bitrate) error {
	n = n.server(id)
	x := n.extraOf(id)
	if r < 0 {
		return fmt.Errorf("link %s: rate %d bit/s is negative (0 means infinitely fast)", x.name, r)
	}
	if n.links[id].mode&modeTrace != 0 {
		return fmt.Errorf("link %s: its rate comes from a trace and cannot be set", x.name)
	}
	if err := n.fixed(id, "rate"); err != nil {
		return err
	}
	x.ramps[rampRate]++
	n.setRate(id, r)
	return nil
}

// SetDelay changes id's one-way delay for the packets that have not departed yet. After a decrease
// they wait, if need be, for those that left before: order is kept unless the link's jitter breaks it.
func (n *Net) SetDelay(id ID, d unit.Duration) error {
	n = n.server(id)
	x := n.extraOf(id)
	if err := checkDelay(x.name, d); err != nil {
		return err
	}
	if err := n.fixed(id, "delay"); err != nil {
		return err
	}
	x.ramps[rampDelay]++
	n.setDelay(id, d)
	return nil
}

// SetLoss changes id's loss model for packets that arrive from now on.
func (n *Net) SetLoss(id ID, c Loss) error {
	n = n.server(id)
	x := n.extraOf(id)
	if err := c.check(x.name); err != nil {
		return err
	}
	if err := n.fixed(id, "loss"); err != nil {
		return err
	}
	x.ramps[rampLoss]++
	x.loss.set(c)
	n.noteLoss(id)
	return nil
}

// SetQueue changes id's queue limit. What is queued stays, new packets wait outside until it fits.
func (n *Net) SetQueue(id ID, q Queue) error {
	n = n.server(id)
	x := n.extraOf(id)
	if err := q.check(x.name, 0); err != nil {
		return err
	}
	x.queue = q
	n.setLimits(id)
	n.note(id, changeQueue, uint64(q.Octets)<<24^uint64(q.Packets))
	return nil
}

// SetDown takes id down or up. Going down loses all that it holds, queued or in flight; while it is
// down every packet is lost. Then the functions given to OnState are called.
func (n *Net) SetDown(id ID, down bool) {
	n = n.server(id)
	n.mustStand(id)
	x := n.extraOf(id)
	l := &n.links[id]
	if down == (l.mode&modeDown != 0) {
		return
	}
	now := n.w.Now()
	if down {
		n.flush(now, id, true)
		l.mode |= modeDown
	} else {
		l.mode &^= modeDown
	}
	n.setLimits(id)
	n.note(id, changeDown, uint64(l.mode&modeDown))
	for _, f := range x.onState {
		f(now, id, !down)
	}
}

// OnState registers f to be called whenever id goes down or comes up: for those whom the world tells,
// such as an interface that sees its carrier.
func (n *Net) OnState(id ID, f func(now sim.Time, id ID, up bool)) {
	x := n.extraOf(id)
	x.onState = append(x.onState, f)
}

// fixed refuses to change what is settled about packets of id that are in another part of the world already.
func (n *Net) fixed(id ID, what string) error {
	if n.links[id].mode&modeCrossing != 0 {
		return fmt.Errorf("link %s: ends in several parts of the world: its %s cannot change; run the world uncut",
			n.extras[id].name, what)
	}
	return nil
}

// change names a kind of change in the running hash.
type change uint8

const (
	changeRate change = iota
	changeDelay
	changeLoss
	changeQueue
	changeDown
	changeFlush
)

// note mixes a change into id's running hash.
func (n *Net) note(id ID, c change, value uint64) {
	h := &n.links[id].hash
	h.Mix(3<<62 | uint64(c)<<56 ^ uint64(n.w.Now()))
	h.Mix(value)
}

func (n *Net) setRate(id ID, r unit.Bitrate) {
	n.note(id, changeRate, uint64(r))
	n.retime(n.w.Now(), id, uint64(r), n.links[id].delay)
}

func (n *Net) setDelay(id ID, d unit.Duration) {
	n.note(id, changeDelay, uint64(d))
	n.retime(n.w.Now(), id, n.links[id].rate, d)
}

// noteLoss brings the link's mode in line with its loss model after a change.
func (n *Net) noteLoss(id ID) {
	l, s := &n.links[id], &n.extras[id].loss
	l.mode &^= modeLoss
	if s.burst || s.lose[0] != 0 {
		l.mode |= modeLoss
	}
	n.note(id, changeLoss, s.lose[0]^s.lose[1])
}
