package link

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Wake describes a radio that sleeps when there is nothing to carry: after Idle without a bit in
// either direction of a pair of links it is asleep, and the next packet waits Delay (the radio's
// promotion) before its service begins. It starts asleep. A zero Delay means no radio.
type Wake struct {
	Delay, Idle unit.Duration
}

func (c Wake) check(name string) error {
	if c.Delay < 0 || c.Delay > maxDelay || c.Idle < 0 {
		return fmt.Errorf("link %s: wake-up delay %d ns (0..%d), idle time %d ns (0 or more)",
			name, c.Delay, maxDelay, c.Idle)
	}
	return nil
}

// radio is shared by the two directions of a pair. A link's freeAt is its last activity: its last
// packet's departure.
type radio struct {
	Wake
	links   [2]ID // the same twice for a link that is not paired
	awakeAt sim.Time
}

// Pair tells that a and b are the two directions of one radio link: traffic in one keeps the other
// awake. Both must have the same Wake.
func (n *Net) Pair(a, b ID) error {
	x, y := n.extraOf(a), n.extraOf(b)
	if x.radio < 0 && y.radio < 0 {
		return nil
	}
	if x.radio < 0 || y.radio < 0 || n.radios[x.radio].Wake != n.radios[y.radio].Wake {
		return fmt.Errorf("links %s and %s: the two directions of a radio must have the same wake-up",
			x.name, y.name)
	}
	y.radio = x.radio
	n.radios[x.radio].links = [2]ID{a, b}
	return nil
}

// rouse returns when a packet offered to l at now can begin service, waking the radio if it sleeps.
func (n *Net) rouse(now sim.Time, r *radio) sim.Time {
	last := max(n.links[r.links[0]].freeAt, n.links[r.links[1]].freeAt)
	if now.Sub(last) >= r.Idle {
		r.awakeAt = now.Add(r.Delay)
	}
	return max(now, r.awakeAt)
}

// Asleep tells whether id's radio sleeps now. False for a link without Wake.
func (n *Net) Asleep(id ID) bool {
	n = n.server(id)
	x := n.extraOf(id)
	if x.radio < 0 {
		return false
	}
	r := &n.radios[x.radio]
	last := max(n.links[r.links[0]].freeAt, n.links[r.links[1]].freeAt)
	return n.w.Now().Sub(last) >= r.Idle
}

// plan sets k's departure and arrival on a link that is not a plain fixed-rate one.
func (n *Net) plan(now sim.Time, id ID, k *packet) {
	from := now
	if n.links[id].mode&modeWake != 0 {
		from = n.rouse(now, &n.radios[n.extras[id].radio])
	}
	n.schedule(from, id, k)
}

// schedule sets k's departure and arrival if its service may begin at from.
func (n *Net) schedule(from sim.Time, id ID, k *packet) {
	l, x := &n.links[id], &n.extras[id]
	if l.mode&modeTrace != 0 {
		l.freeAt = x.cursor.serve(from, int64(k.size))
		k.depart = l.freeAt
	} else {
		k.depart = l.serve(from, int64(k.size))
	}
	k.arrival = k.depart.Add(l.delay)
	if l.mode&modeJitter != 0 {
		k.arrival = k.arrival.Add(x.jitter.draw())
	}
}
