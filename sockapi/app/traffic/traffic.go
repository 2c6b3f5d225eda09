package traffic

import (
	"errors"
	"fmt"

	"mpsim/sim"
)

// Traffic is a group at work. What it has measured may be read when the world does not run.
type Traffic struct {
	engine  *Engine
	group   Group
	pairs   []Pair
	sources []*source // of the hosts that send, in the order of the hosts
	sinks   []*sink   // of those that receive

	askers    []*asker // Incast: of the hosts that receive
	answerers []*answerer

	emitters []*emitter // CBR
	meters   []*meter
}

// Add makes a group's components and starts its flows; the world must not have run yet. Each host's ends
// belong to the part of the world that the host is in.
func (e *Engine) Add(g Group) (*Traffic, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	if g.Port == 0 {
		g.Port = uint16(firstPort + len(e.groups))
	}
	for _, other := range e.groups {
		if other.group.Name == g.Name {
			return nil, g.fail("there is another group of that name: names are unique")
		}
	}
	t := &Traffic{engine: e, group: g}
	places := make([]Place, len(g.Hosts))
	for i := range g.Hosts {
		places[i] = g.Hosts[i].Place
	}
	var err error
	draw := g.Hosts[0].API.World().Stream("traffic/" + g.Name + "/matrix")
	if t.pairs, err = g.Matrix.Pairs(places, draw); err != nil {
		return nil, fmt.Errorf("traffic %s: %w", g.Name, err)
	}
	if err := t.addEnds(); err != nil {
		return nil, err
	}
	e.groups = append(e.groups, t)
	return t, nil
}

// addEnds makes the ends of the group's kind.
func (t *Traffic) addEnds() error {
	if t.group.Kind == Incast {
		return t.addIncast()
	}
	receives := make([]bool, len(t.group.Hosts))
	for i := 0; i < len(t.pairs); {
		k := i + 1
		for k < len(t.pairs) && t.pairs[k].From == t.pairs[i].From {
			k++
		}
		if err := t.addSender(t.pairs[i:k]); err != nil {
			return err
		}
		i = k
	}
	for _, p := range t.pairs {
		receives[p.To] = true
	}
	for host := range receives {
		if receives[host] {
			if err := t.addReceiver(int32(host)); err != nil {
				return err
			}
		}
	}
	return nil
}

// addSender makes the end of a host that sends to the receivers of pairs.
func (t *Traffic) addSender(pairs []Pair) error {
	if t.group.Kind == CBR {
		e, err := newEmitter(t, pairs)
		t.emitters = append(t.emitters, e)
		return err
	}
	t.sources = append(t.sources, newSource(t, pairs))
	return nil
}

// addReceiver makes the end of a host that receives.
func (t *Traffic) addReceiver(host int32) error {
	if t.group.Kind == CBR {
		m, err := newMeter(t, host)
		t.meters = append(t.meters, m)
		return err
	}
	s, err := newSink(t, host)
	t.sinks = append(t.sinks, s)
	return err
}

// addIncast makes the answering ends, then the asking ones.
func (t *Traffic) addIncast() error {
	senders := make([][]int32, len(t.group.Hosts))
	last := int32(-1)
	for _, p := range t.pairs { // senders ascend
		senders[p.To] = append(senders[p.To], p.From)
		if p.From == last {
			continue
		}
		last = p.From
		s, err := newAnswerer(t, p.From)
		if err != nil {
			return err
		}
		t.answerers = append(t.answerers, s)
	}
	for host, list := range senders {
		if len(list) > 0 {
			t.askers = append(t.askers, newAsker(t, int32(host), list))
		}
	}
	return nil
}

// Name returns the group's name, Group what it was made of, Pairs its matrix.
func (t *Traffic) Name() string { return t.group.Name }

// Group is described with Name; it must not be changed.
func (t *Traffic) Group() *Group { return &t.group }

// Pairs is described with Name; the slice must not be changed.
func (t *Traffic) Pairs() []Pair { return t.pairs }

// Started returns how many flows have been started, refused ones included; of an incast group, how many
// answers were asked for.
func (t *Traffic) Started() int {
	n := 0
	for _, s := range t.sources {
		n += len(s.records)
	}
	for _, a := range t.askers {
		n += len(a.answers)
	}
	for _, e := range t.emitters {
		n += len(e.flows)
	}
	return n
}

// Err joins the first error of each end: a connection that failed, a corrupt stream. Nil: none.
func (t *Traffic) Err() error {
	var all []error
	for _, s := range t.sources {
		all = append(all, s.err)
	}
	for _, s := range t.sinks {
		all = append(all, s.err)
	}
	for _, e := range t.emitters {
		all = append(all, e.err)
	}
	for _, a := range t.askers {
		all = append(all, a.err)
	}
	for _, s := range t.answerers {
		all = append(all, s.err)
	}
	return errors.Join(all...)
}

// until is when the measuring of a run ends that has come to now.
func (t *Traffic) until(now sim.Time) sim.Time { return min(now, t.group.stop()) }
