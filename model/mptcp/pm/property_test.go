package pm

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/wire"
)

// checkedConn is a fakeConn that checks each action against the rules of doc.go.
type checkedConn struct {
	fakeConn
	t       *rapid.T
	name    string
	limit   int
	perPair int
	removed map[uint8]bool
	closing []uint32
	opened  int // in this callback
	over    bool
}

func (c *checkedConn) alive() []Subflow {
	var alive []Subflow
	for _, s := range c.subflows {
		if !slices.Contains(c.closing, s.ID) {
			alive = append(alive, s)
		}
	}
	return alive
}

func (c *checkedConn) OpenSubflow(l Local, r Remote, backup bool) {
	if c.over || !c.client && c.name != "linux" {
		c.t.Fatalf("opened on a connection that is over or not its own: %+v %+v", l, r)
	}
	l.Port = 0 // matters for announcing only
	if now := *c.local(int(l.ID)); now != l || !l.Up {
		c.t.Fatalf("opened from %+v, which is %+v", l, now)
	}
	if c.removed[r.ID] || l.Addr.Is4() != r.Addr.Is4() || r.ID == 0 && c.denyFirst {
		c.t.Fatalf("opened to %+v from %+v: not allowed", r, l)
	}
	alive := c.alive()
	if n := len(alive) + c.opened; n > c.limit {
		c.t.Fatalf("%d subflows beyond the first, limit %d", n, c.limit)
	}
	over := 0
	for _, s := range alive {
		if c.name == "single-path" {
			c.t.Fatalf("second subflow beside %+v", s)
		}
		if s.LocalID == l.ID && s.Remote == r.Addr && s.RemotePort == r.Port {
			over++
		}
	}
	if c.name == "fullmesh" && over >= max(c.perPair, DefaultPerPair) {
		c.t.Fatalf("pair of %+v and %+v opened %d times", l, r, over+1)
	}
	if c.name == "single-path" && (c.opened > 0 || backup) {
		c.t.Fatal("single path: two subflows, or one with the B bit")
	}
	c.opened++
	c.pending = append(c.pending, func() { c.add(l, r, backup) })
}

func (c *checkedConn) CloseSubflow(id uint32) {
	known := slices.ContainsFunc(c.subflows, func(s Subflow) bool { return s.ID == id })
	if !known || slices.Contains(c.closing, id) {
		c.t.Fatalf("closed subflow %d, which is not open", id)
	}
	c.closing = append(c.closing, id)
}

func (c *checkedConn) SetBackup(uint32, bool) {}
func (c *checkedConn) Announce(l Local) {
	if !l.Up {
		c.t.Fatalf("announced %+v", l)
	}
}
func (c *checkedConn) Withdraw(id uint8) {
	if c.local(int(id)).Up {
		c.t.Fatalf("withdrew local %d, which is up", id)
	}
}

// step draws one event that can happen now and applies it.
func (c *checkedConn) step(m Manager) {
	e := Event{Kind: rapid.SampledFrom([]EventKind{
		Announced, Removed, SubflowEstablished, SubflowClosed, SubflowClosed, LocalUp, LocalDown, SubflowStale,
		SubflowRecovered, SubflowPriority, RetryDue,
	}).Draw(c.t, "event")}
	switch e.Kind {
	case Announced:
		id := rapid.Uint8Range(0, 3).Draw(c.t, "remote")
		port := rapid.Uint16Range(80, 81).Draw(c.t, "port")
		e.Remote = Remote{ID: id, Addr: wire.Addr{Lo: 0xffff_c0000200 + uint64(id)}, Port: port}
		c.remotes = slices.DeleteFunc(c.remotes, func(r Remote) bool { return r.ID == id })
		c.remotes = append(c.remotes, e.Remote)
		delete(c.removed, id)
	case Removed:
		e.Remote.ID = rapid.Uint8Range(0, 3).Draw(c.t, "remote")
		c.removed[e.Remote.ID] = true
	case LocalUp, LocalDown:
		l := &c.locals[rapid.IntRange(0, len(c.locals)-1).Draw(c.t, "local")]
		if l.Up == (e.Kind == LocalUp) {
			return
		}
		l.Up = e.Kind == LocalUp
		e.Local = *l
	default:
		if len(c.subflows) == 0 {
			return
		}
		i := rapid.IntRange(0, len(c.subflows)-1).Draw(c.t, "subflow")
		if e.Kind == SubflowEstablished {
			if c.subflows[i].Established {
				return
			}
			c.subflows[i].Established = true
		}
		e.Subflow = c.subflows[i]
		if e.Kind == SubflowClosed {
			e.Reset = Reset{Given: rapid.Bool().Draw(c.t, "reset"), Transient: rapid.Bool().Draw(c.t, "transient")}
			c.subflows = slices.Delete(c.subflows, i, i+1)
		}
	}
	c.deliver(m, e)
}

func (c *checkedConn) deliver(m Manager, e Event) {
	c.opened = 0
	m.Handle(0, c, e)
	for _, f := range c.pending {
		f()
	}
	c.pending = c.pending[:0]
}

func TestRules(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				config := Config{
					Subflows: rapid.IntRange(0, 4).Draw(t, "subflows"), Limit: rapid.IntRange(0, 5).Draw(t, "limit"),
					Announce: rapid.Bool().Draw(t, "announce"),
				}
				for i := range rapid.IntRange(0, 4).Draw(t, "endpoints") {
					e := Endpoint{
						Addr: wire.Addr{Lo: 0xffff_0a000001 + uint64(i)<<8}, Signal: rapid.Bool().Draw(t, "signal"),
						Subflow: rapid.Bool().Draw(t, "subflow"), Backup: rapid.Bool().Draw(t, "backup"),
						FullMesh: rapid.Bool().Draw(t, "fullmesh"), Laminar: rapid.Bool().Draw(t, "laminar"),
					}
					e.FullMesh = e.FullMesh && !e.Signal
					config.Endpoints = append(config.Endpoints, e)
				}
				config.Accept = rapid.IntRange(0, 4).Draw(t, "accept")
				config.PerPair = rapid.IntRange(0, 2).Draw(t, "per pair")
				m, err := New(name, config)
				if err != nil {
					t.Fatal(err)
				}
				if m.Name() != name {
					t.Fatalf("name %q", m.Name())
				}
				c := &checkedConn{t: t, name: name, limit: config.Limit, perPair: config.PerPair,
					removed: map[uint8]bool{}}
				if c.limit == 0 {
					c.limit = DefaultLimit
				}
				c.client = rapid.IntRange(0, 3).Draw(t, "role") > 0
				c.denyFirst = rapid.IntRange(0, 3).Draw(t, "c-flag") == 0
				for i := range rapid.IntRange(1, 4).Draw(t, "locals") {
					c.locals = append(c.locals, Local{
						ID: uint8(i), Addr: wire.Addr{Lo: 0xffff_0a000001 + uint64(i)<<8},
						Up: i == 0 || rapid.Bool().Draw(t, "up"), Backup: rapid.Bool().Draw(t, "backup"),
					})
				}
				c.remotes = []Remote{{Addr: wire.Addr{Lo: 0xffff_c0000200}, Port: 80}}
				first := c.add(c.locals[0], c.remotes[0], false)
				first.Established, first.Incoming = true, !c.client
				c.deliver(m, Event{Kind: Created})
				c.deliver(m, Event{Kind: Established})
				for range rapid.IntRange(0, 60).Draw(t, "events") {
					c.step(m)
				}
				c.over = true
				c.deliver(m, Event{Kind: Closed})
				for range rapid.IntRange(0, 5).Draw(t, "late events") {
					c.step(m)
				}
			})
		})
	}
}

// TestRecovers: whatever happened, when the connection has no subflow left and an address comes up,
// fullmesh and single-path try to save it.
func TestRecovers(t *testing.T) {
	for _, name := range []string{"fullmesh", "single-path", "ndiffports"} {
		m, err := New(name, Config{})
		if err != nil {
			t.Fatal(err)
		}
		c := &fakeConn{client: true, locals: []Local{{Addr: wire.Addr{Lo: 0xffff_0a000001}, Up: true}}}
		c.remotes = []Remote{{Addr: wire.Addr{Lo: 0xffff_c0000201}, Port: 80}}
		c.add(c.locals[0], c.remotes[0], false).Established = true
		c.deliver(m, Event{Kind: Established})
		for round := range 3 {
			c.locals[0].Up = false
			c.deliver(m, Event{Kind: LocalDown, Local: c.locals[0]})
			for len(c.subflows) > 0 {
				s := c.subflows[0]
				c.subflows = c.subflows[1:]
				c.deliver(m, Event{Kind: SubflowClosed, Subflow: s})
			}
			c.locals[0].Up = true
			c.deliver(m, Event{Kind: LocalUp, Local: c.locals[0]})
			if len(c.subflows) == 0 {
				t.Errorf("%s: round %d: no subflow opened when the address came back", name, round)
			}
		}
	}
}

func TestNew(t *testing.T) {
	if _, err := New("mesh", Config{}); err == nil || fmt.Sprint(err) !=
		`path manager "mesh": no such manager (have fullmesh, linux, ndiffports, none, single-path)` {
		t.Errorf("unknown name: %v", err)
	}
	if _, err := New("fullmesh", Config{Limit: -1}); err == nil {
		t.Error("negative limit accepted")
	}
	if Created.String() != "created" || SubflowTimeout.String() != eventNames[len(eventNames)-1] {
		t.Error("event names do not match the constants")
	}
}

// TestRefusalOutweighs: of two subflows over one pair, one reset and one refused, the pair is not tried
// again even when nothing else is left.
func TestRefusalOutweighs(t *testing.T) {
	for _, refusedFirst := range []bool{false, true} {
		var b base
		b.subflowLost(Subflow{ID: 1, Established: !refusedFirst}, Reset{})
		b.subflowLost(Subflow{ID: 2, Established: refusedFirst}, Reset{})
		b.reviveIfEmpty(&fakeConn{})
		if len(b.failures) != 1 {
			t.Errorf("refused first %v: failures %+v", refusedFirst, b.failures)
		}
	}
}
