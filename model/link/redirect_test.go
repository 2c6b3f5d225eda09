package link

import (
	"slices"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// note is a receiver that remembers when packets came.
type note struct {
	n  *Net
	at []sim.Time
}

func (r *note) Receive(now sim.Time, p PacketID) {
	r.at = append(r.at, now)
	r.n.Free(p)
}

// TestRedirect: packets that are sent later take the new way, the others keep to the old one.
func TestRedirect(t *testing.T) {
	w := sim.NewWorld(1)
	n := NewNet(w)
	add := func(name string, ms unit.Duration) ID {
		id, err := n.AddLink(Config{Name: name, Delay: ms * unit.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first, short, long, last := add("first", 10), add("short", 1), add("long", 50), add("last", 100)
	a, b := &note{n: n}, &note{n: n}
	ra, rb := n.AddReceiver(a), n.AddReceiver(b)
	old := n.AddRoute([]ID{first, short, last}, ra)
	other := n.AddRoute([]ID{first, long, last}, ra)
	direct := n.AddRoute([]ID{first}, rb)
	send := func(now sim.Time) {
		p, _ := n.NewPacket()
		n.Send(now, p, old, 100)
	}
	c := w.Component("test")
	ms := func(v int) sim.Time { return sim.Time(unit.Duration(v) * unit.Millisecond) }
	at := func(v int, f func(now sim.Time)) { w.Call(c, ms(v), f) }
	at(0, send)
	at(5, send)
	at(12, func(sim.Time) { n.Redirect(old, other) }) // the first is on "short", the second on "first"
	at(20, send)
	at(199, func(sim.Time) { n.Redirect(old, direct) })
	at(200, send)
	at(205, func(sim.Time) { n.Redirect(old, n.AddRoute([]ID{first, short, last}, ra)) }) // while on "first"
	at(300, send)
	w.Run(ms(1000))
	if want := []sim.Time{ms(111), ms(116), ms(180), ms(411)}; !slices.Equal(a.at, want) {
		t.Errorf("arrived at %v, want %v", a.at, want)
	}
	if want := []sim.Time{ms(210)}; !slices.Equal(b.at, want) {
		t.Errorf("arrived at the other receiver at %v, want %v", b.at, want)
	}
	if got := n.Links(old); !slices.Equal(got, []ID{first, short, last}) {
		t.Errorf("the route is now %v", got)
	}
	if n.InUse() != 0 {
		t.Errorf("%d packets left", n.InUse())
	}
}

// pass is an interceptor that lets a packet go on later.
type pass struct {
	n    *Net
	held PacketID
}

func (x *pass) Intercept(_ sim.Time, _ ID, p PacketID, _ bool) { x.held = p }

// A packet that an interceptor holds at the end of the first link takes the jump when it is let go.
func TestRedirectWhileHeld(t *testing.T) {
	for _, leaving := range []bool{true, false} {
		w := sim.NewWorld(1)
		n := NewNet(w)
		var ids []ID
		for _, name := range []string{"first", "second", "third"} {
			id, err := n.AddLink(Config{Name: name, Delay: unit.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		a, b := &note{n: n}, &note{n: n}
		old := n.AddRoute(ids[:2], n.AddReceiver(a))
		to := n.AddRoute([]ID{ids[0], ids[2]}, n.AddReceiver(b))
		x := &pass{n: n}
		if leaving {
			n.InterceptExit(ids[0], x)
		} else {
			n.InterceptEntry(ids[1], x)
		}
		p, _ := n.NewPacket()
		n.Send(0, p, old, 40)
		w.Run(sim.Time(2 * unit.Millisecond))
		n.Redirect(old, to)
		n.Resume(w.Now(), x.held, n.Rest(x.held), 40)
		w.Run(sim.Time(unit.Second))
		if len(a.at) != 0 || len(b.at) != 1 {
			t.Errorf("leaving %v: %d packets the old way, %d the new one", leaving, len(a.at), len(b.at))
		}
	}
}

func TestRedirectRefuses(t *testing.T) {
	w := sim.NewWorld(1)
	n := NewNet(w)
	x, _ := n.AddLink(Config{Name: "x"})
	y, _ := n.AddLink(Config{Name: "y"})
	r := n.AddReceiver(&note{n: n})
	a, b := n.AddRoute([]ID{x}, r), n.AddRoute([]ID{y}, r)
	for _, pair := range [][2]Route{{a, b}, {a, a}, {0, a}, {a, 0}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("redirected %v", pair)
				}
			}()
			n.Redirect(pair[0], pair[1])
		}()
	}
}
