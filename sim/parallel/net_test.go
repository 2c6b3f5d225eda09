package parallel

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// The network of these tests: nodes pass tokens to each other, each hop taking at least the delay between the
// two nodes. What a node does depends on its own stream and on all that it has received, in order.

type token struct {
	at   sim.Time
	to   int
	left uint64
	ends bool // it goes no farther
}

type node struct {
	net    *tokens
	id     int
	part   int
	w      *sim.World
	comp   sim.Component
	stream *sim.Stream
	hash   sim.Hash
	timer  sim.Timer

	inbox []token // by time, then by sender's order: one list a sender
}

// arrow is the way from one node to another: a component, as a link is. Its tokens arrive in order.
type arrow struct {
	from, to int
	delay    sim.Time
	comp     sim.Component
	event    sim.EventID
	last     sim.Time
	queue    []token
}

type tokens struct {
	w      *sim.World
	worlds []*sim.World
	nodes  []*node
	arrows []*arrow
	out    [][]int          // arrows of a node
	rings  [][]*Ring[token] // from part, to part
}

// options of a network.
type options struct {
	nodes, degree int
	tokens        int
	least         sim.Time // delay of an arrow, at least
	spread        uint64   // and how much more
	pause         uint64   // how long a token may stay at a node, at most
	globals       int
	seed          uint64
}

func build(o options, parts int) *tokens {
	w := sim.NewWorld(o.seed)
	t := &tokens{w: w, worlds: []*sim.World{w}}
	for range parts - 1 {
		t.worlds = append(t.worlds, w.NewPart())
	}
	kinds := make([][2]sim.Kind, parts)
	for i, p := range t.worlds {
		kinds[i] = [2]sim.Kind{p.NewKind("arrow", t.arrive), p.NewKind("node", t.timeout)}
		t.rings = append(t.rings, make([]*Ring[token], parts))
		for j := range t.rings[i] {
			if i != j {
				t.rings[i][j] = NewRing[token]()
			}
		}
	}
	shape := w.Stream("shape")
	t.out = make([][]int, o.nodes)
	for i := range o.nodes {
		n := &node{net: t, id: i, part: i * parts / o.nodes}
		n.w = t.worlds[n.part]
		n.comp = w.Component(fmt.Sprintf("node/%d", i))
		n.stream = n.w.Stream(fmt.Sprintf("node/%d", i))
		n.timer.Init(n.w, kinds[n.part][1], uint32(i), n.comp)
		w.DigestOf(n.comp, func() uint64 { return uint64(n.hash) })
		t.nodes = append(t.nodes, n)
	}
	for i := range o.nodes {
		for range o.degree {
			a := &arrow{from: i, to: int(shape.Below(uint64(o.nodes)))}
			a.delay = o.least + sim.Time(shape.Below(o.spread+1))
			a.comp = w.Component(fmt.Sprintf("arrow/%d", len(t.arrows)))
			part := t.nodes[a.to].part // arrivals are the receiver's
			a.event = t.worlds[part].NewEvent(kinds[part][0], uint32(len(t.arrows)), a.comp)
			t.out[i] = append(t.out[i], len(t.arrows))
			t.arrows = append(t.arrows, a)
		}
	}
	for i := range o.tokens {
		n := t.nodes[i%o.nodes]
		n.inbox = append(n.inbox, token{left: shape.Below(o.pause + 1)})
		n.timer.Set(n.w, sim.Time(shape.Below(o.pause+1)))
	}
	comp := w.Component("globals")
	var sum sim.Hash
	w.DigestOf(comp, func() uint64 { return uint64(sum) })
	for range o.globals {
		at := sim.Time(shape.Below(200_000))
		for _, n := range t.nodes { // comes after it
			n.w.Call(n.comp, at, func(now sim.Time) { n.hash.Mix(uint64(now)) })
		}
		w.Global(at, func(now sim.Time) {
			for _, n := range t.nodes {
				if n.w.Now() != now {
					w.Fail("clock of node %d is %v in a Global at %v", n.id, n.w.Now(), now)
				}
				sum.Mix(uint64(n.hash))
				n.hash.Mix(uint64(sum))
			}
		})
	}
	return t
}

// drive puts a group over the parts.
func (t *tokens) drive() {
	if len(t.worlds) == 1 {
		return
	}
	var mail []Mailbox
	for i := range t.worlds {
		mail = append(mail, &mailbox{t, i})
	}
	_, err := New(t.w, mail, func(i, j int) unit.Duration {
		least := sim.Time(0)
		for _, a := range t.arrows {
			if t.nodes[a.from].part == i && t.nodes[a.to].part == j && (least == 0 || a.delay < least) {
				least = a.delay
			}
		}
		return unit.Duration(least)
	})
	if err != nil {
		panic(err)
	}
}

// timeout sends a token that waits at a node on.
func (t *tokens) timeout(now sim.Time, i uint32) {
	n := t.nodes[i]
	if !n.timer.Due(n.w, now) {
		return
	}
	x := n.inbox[0]
	n.inbox = n.inbox[1:]
	n.hash.Mix(uint64(now))
	way := t.out[i][n.stream.Below(uint64(len(t.out[i])))]
	t.send(now, way, token{left: n.stream.Below(x.left + 1000)})
	if len(n.inbox) > 0 {
		n.timer.Set(n.w, now.Add(unit.Duration(n.inbox[0].left)))
	}
}

func (t *tokens) send(now sim.Time, way int, x token) {
	a := t.arrows[way]
	x.to = way
	a.last = max(a.last, now+a.delay)
	x.at = a.last
	from, to := t.nodes[a.from].part, t.nodes[a.to].part
	if from == to {
		t.enter(x)
		return
	}
	*t.rings[from][to].Post() = x
}

// enter puts a token at the end of its arrow, in the part of the receiver.
func (t *tokens) enter(x token) {
	a := t.arrows[x.to]
	if len(a.queue) == 0 {
		t.nodes[a.to].w.Arm(a.event, x.at)
	}
	a.queue = append(a.queue, x)
}

func (t *tokens) arrive(now sim.Time, i uint32) {
	a := t.arrows[i]
	x := a.queue[0]
	a.queue = a.queue[1:]
	n := t.nodes[a.to]
	if len(a.queue) > 0 {
		n.w.Arm(a.event, a.queue[0].at)
	}
	n.hash.Mix(uint64(now)<<8 | uint64(i))
	n.hash.Mix(x.left)
	if x.ends {
		return
	}
	n.inbox = append(n.inbox, x)
	if len(n.inbox) == 1 {
		n.timer.Set(n.w, now.Add(unit.Duration(x.left%4096)))
	}
}

type mailbox struct {
	t    *tokens
	part int
}

func (m *mailbox) Gate(from int) *Gate {
	if r := m.t.rings[from][m.part]; r != nil {
		return &r.Gate
	}
	return nil
}

func (m *mailbox) Collect() {
	for _, from := range m.t.rings {
		if r := from[m.part]; r != nil {
			for x := r.First(); x != nil; x = r.First() {
				m.t.enter(*x)
				r.Take()
			}
			r.Release()
		}
	}
}

func (m *mailbox) Repost() {
	for _, r := range m.t.rings[m.part] {
		if r != nil {
			r.Repost()
		}
	}
}
