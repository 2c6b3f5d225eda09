package script

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

func managers(t testing.TB, p *Program, args ...Arg) func() pm.Manager {
	t.Helper()
	f, err := Manager(p, PlugConfig{Args: args, Error: func(err *Error) { t.Fatal(err.Backtrace()) }})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// fakePaths is a connection whose network is the test. Actions are logged.
type fakePaths struct {
	client, denyFirst bool
	locals            []pm.Local
	remotes           []pm.Remote
	subflows          []pm.Subflow
	measured          map[uint32]pm.Measurement
	log               []string
	opened            []pm.Subflow // in this callback
	timers            []uint32
	waits             []unit.Duration
	nextID            uint32
}

func (c *fakePaths) Client() bool                     { return c.client }
func (c *fakePaths) Locals() []pm.Local               { return c.locals }
func (c *fakePaths) Remotes() []pm.Remote             { return c.remotes }
func (c *fakePaths) Subflows() []pm.Subflow           { return c.subflows }
func (c *fakePaths) RemoteAllowsInitialAddress() bool { return !c.denyFirst }
func (c *fakePaths) say(format string, args ...any) {
	c.log = append(c.log, fmt.Sprintf(format, args...))
}

func (c *fakePaths) OpenSubflow(l pm.Local, r pm.Remote, backup bool) {
	c.say("open %d %s -> %d %s:%d backup=%v", l.ID, l.Addr, r.ID, r.Addr, r.Port, backup)
	c.opened = append(c.opened, pm.Subflow{LocalID: l.ID, RemoteID: r.ID, Local: l.Addr, Remote: r.Addr,
		RemotePort: r.Port, Backup: backup})
}
func (c *fakePaths) CloseSubflow(id uint32)           { c.say("close %d", id) }
func (c *fakePaths) Announce(l pm.Local)              { c.say("announce %d %s port %d", l.ID, l.Addr, l.Port) }
func (c *fakePaths) Withdraw(id uint8)                { c.say("withdraw %d", id) }
func (c *fakePaths) SetBackup(id uint32, backup bool) { c.say("backup %d %v", id, backup) }
func (c *fakePaths) After(d unit.Duration, n uint32) {
	c.timers, c.waits = append(c.timers, n), append(c.waits, d)
}
func (c *fakePaths) Measure(id uint32) (pm.Measurement, bool) {
	m, ok := c.measured[id]
	return m, ok
}

// add makes a subflow of the list.
func (c *fakePaths) add(s pm.Subflow) *pm.Subflow {
	s.ID, s.LocalPort = c.nextID, uint16(40000+c.nextID)
	c.nextID++
	c.subflows = append(c.subflows, s)
	return &c.subflows[len(c.subflows)-1]
}

// take returns what was done since, and carries out what was opened.
func (c *fakePaths) take() []string {
	for _, s := range c.opened {
		c.add(s)
	}
	log := c.log
	c.log, c.opened = nil, nil
	return log
}

// newPaths draws a connection.
func newPaths(t *rapid.T) *fakePaths {
	c := &fakePaths{client: rapid.IntRange(0, 3).Draw(t, "role") > 0,
		denyFirst: rapid.IntRange(0, 3).Draw(t, "c-flag") == 0}
	for i := range rapid.IntRange(1, 4).Draw(t, "locals") {
		c.locals = append(c.locals, pm.Local{ID: uint8(i), Addr: wire.Addr{Lo: 0xffff_0a000001 + uint64(i)<<8},
			Up: i == 0 || rapid.Bool().Draw(t, "up"), Backup: rapid.Bool().Draw(t, "backup")})
	}
	c.remotes = []pm.Remote{{Addr: wire.Addr{Lo: 0xffff_c0000200}, Port: 80}}
	first := c.add(pm.Subflow{Local: c.locals[0].Addr, Remote: c.remotes[0].Addr, RemotePort: 80})
	first.Established, first.Incoming = true, !c.client
	return c
}

// event draws something that can happen now, and lets it happen. It returns false if nothing does.
func (c *fakePaths) event(t *rapid.T) (e pm.Event, ok bool) {
	e.Kind = rapid.SampledFrom([]pm.EventKind{
		pm.Announced, pm.Removed, pm.SubflowEstablished, pm.SubflowClosed, pm.SubflowClosed, pm.LocalUp, pm.LocalDown,
		pm.SubflowStale, pm.SubflowRecovered, pm.SubflowPriority, pm.RetryDue, pm.SubflowTimeout,
	}).Draw(t, "event")
	switch e.Kind {
	case pm.Announced:
		id := rapid.Uint8Range(0, 3).Draw(t, "remote")
		e.Remote = pm.Remote{ID: id, Addr: wire.Addr{Lo: 0xffff_c0000200 + uint64(id)},
			Port: rapid.Uint16Range(80, 81).Draw(t, "port"), PortGiven: rapid.Bool().Draw(t, "given")}
		c.remotes = slices.DeleteFunc(c.remotes, func(r pm.Remote) bool { return r.ID == id })
		c.remotes = append(c.remotes, e.Remote)
		return e, true
	case pm.Removed:
		e.Remote.ID = rapid.Uint8Range(0, 3).Draw(t, "remote")
		return e, true
	case pm.LocalUp, pm.LocalDown:
		l := &c.locals[rapid.IntRange(0, len(c.locals)-1).Draw(t, "local")]
		if l.Up == (e.Kind == pm.LocalUp) {
			return e, false
		}
		l.Up = e.Kind == pm.LocalUp
		e.Local = *l
		return e, true
	}
	if len(c.subflows) == 0 {
		return e, false
	}
	i := rapid.IntRange(0, len(c.subflows)-1).Draw(t, "subflow")
	if e.Kind == pm.SubflowEstablished {
		if c.subflows[i].Established {
			return e, false
		}
		c.subflows[i].Established = true
	}
	e.Subflow = c.subflows[i]
	if e.Kind == pm.SubflowClosed {
		e.Reset = pm.Reset{Given: rapid.Bool().Draw(t, "reset"), Transient: rapid.Bool().Draw(t, "transient")}
		c.subflows = slices.Delete(c.subflows, i, i+1)
	}
	return e, true
}

// TestPlugFullMesh: the full mesh as a script does what that in Go does, event by event.
func TestPlugFullMesh(t *testing.T) {
	prog := shipped(t, "fullmesh")
	factories := []func() pm.Manager{managers(t, prog, Arg{Name: "announce", Value: false}),
		managers(t, prog, Arg{Name: "announce", Value: true})}
	rapid.Check(t, func(t *rapid.T) {
		announce := rapid.IntRange(0, 1).Draw(t, "announce")
		own := factories[announce]()
		other, err := pm.New("fullmesh", pm.Config{Announce: announce == 1})
		if err != nil {
			t.Fatal(err)
		}
		c := newPaths(t)
		deliver := func(e pm.Event) {
			own.Handle(0, c, e)
			mine := c.log
			c.log, c.opened = nil, nil
			other.Handle(0, c, e)
			if theirs := c.take(); !slices.Equal(mine, theirs) {
				t.Fatalf("%s %+v:\nthe script: %s\npackage pm: %s", e.Kind, e, strings.Join(mine, "; "),
					strings.Join(theirs, "; "))
			}
		}
		deliver(pm.Event{Kind: pm.Created})
		deliver(pm.Event{Kind: pm.Established})
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			if e, ok := c.event(t); ok {
				deliver(e)
			}
		}
		deliver(pm.Event{Kind: pm.Closed})
	})
}

// phone is a client with two addresses and one subflow.
func phone() *fakePaths {
	c := &fakePaths{client: true, measured: map[uint32]pm.Measurement{}}
	for i := range 2 {
		c.locals = append(c.locals, pm.Local{ID: uint8(i), Addr: wire.Addr{Lo: 0xffff_0a000001 + uint64(i)<<8}, Up: true})
	}
	c.remotes = []pm.Remote{{Addr: wire.Addr{Lo: 0xffff_c0000200}, Port: 80}}
	c.add(pm.Subflow{Local: c.locals[0].Addr, Remote: c.remotes[0].Addr, RemotePort: 80, LocalID: 0}).Established = true
	return c
}

// TestRefresh: each period the subflow with the lowest pacing rate goes and another comes.
func TestRefresh(t *testing.T) {
	m := managers(t, shipped(t, "refresh"), Arg{Name: "subflows", Value: 3},
		Arg{Name: "period", Value: unit.Duration(2500 * ms)})()
	c := phone()
	m.Handle(0, c, pm.Event{Kind: pm.Established})
	if got := c.take(); len(got) != 2 || c.waits[0] != 2500*ms {
		t.Fatalf("at the start: %q, timers %v", got, c.waits)
	}
	for i := range c.subflows {
		c.subflows[i].Established = true
		c.measured[uint32(i)] = pm.Measurement{PacingRate: []int64{900, 500, 700}[i]}
	}
	m.Handle(0, c, pm.Event{Kind: pm.TimerDue, Timer: c.timers[0]})
	want := []string{"close 1", "open 0 10.0.0.1 -> 0 192.0.2.0:80 backup=false"}
	if got := c.take(); !slices.Equal(got, want) || len(c.timers) != 2 {
		t.Errorf("after a period: %q, %d timers", got, len(c.timers))
	}
}

// TestSmartBackup: the other address is opened once a subflow's RTO exceeds the threshold.
func TestSmartBackup(t *testing.T) {
	m := managers(t, shipped(t, "smart_backup"), Arg{Name: "threshold", Value: unit.Duration(1000 * ms)})()
	if w, ok := m.(pm.TimeoutWatcher); !ok || !w.WatchesTimeouts() {
		t.Error("does not watch timeouts")
	}
	c := phone()
	m.Handle(0, c, pm.Event{Kind: pm.Established})
	for _, rto := range []unit.Duration{400 * ms, 800 * ms} {
		c.measured[0] = pm.Measurement{RTO: rto}
		m.Handle(0, c, pm.Event{Kind: pm.SubflowTimeout, Subflow: c.subflows[0]})
	}
	if got := c.take(); len(got) > 0 {
		t.Errorf("below the threshold: %q", got)
	}
	c.measured[0] = pm.Measurement{RTO: 1600 * ms}
	m.Handle(0, c, pm.Event{Kind: pm.SubflowTimeout, Subflow: c.subflows[0]})
	want := []string{"open 1 10.0.1.1 -> 0 192.0.2.0:80 backup=false", "close 0"}
	if got := c.take(); !slices.Equal(got, want) {
		t.Errorf("above the threshold: %q", got)
	}
}

// TestPlugActions: each method of conn, by value, number and address.
func TestPlugActions(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`conn.open("10.0.1.1")`, "open 1 10.0.1.1 -> 0 192.0.2.0:80 backup=false"},
		{`conn.open(1, conn.remotes[0], True)`, "open 1 10.0.1.1 -> 0 192.0.2.0:80 backup=true"},
		{`conn.open(local = conn.locals[1], remote = "192.0.2.0")`, "open 1 10.0.1.1 -> 0 192.0.2.0:80 backup=false"},
		{`conn.close(0)`, "close 0"},
		{`conn.close(conn.subflows[0])`, "close 0"},
		{`conn.set_backup(conn.subflows[0], True)`, "backup 0 true"},
		{`conn.announce(1)`, "announce 1 10.0.1.1 port 0"},
		{`conn.announce(1, port = 8080)`, "announce 1 10.0.1.1 port 8080"},
		{`conn.withdraw(conn.locals[1])`, "withdraw 1"},
		{`conn.withdraw("10.0.1.1")`, "withdraw 1"},
		{`log(conn.client, conn.now, conn.peer_allows_initial, e.kind, e.local, e.subflow, e.reason, e.reset)`,
			"log True 3s True established None None  None"},
		{`log(conn.subflows[0], conn.locals[0], conn.remotes, now())`,
			"log subflow(0, 10.0.0.1:40000-192.0.2.0:80) local(0, 10.0.0.1) [remote(0, 192.0.2.0:80)] 3s"},
		{`log(conn.subflows[0] == conn.subflows[0], conn.locals[0] != conn.locals[1], conn.subflows[0].rto)`,
			"log True True 200ms"},
	} {
		c := phone()
		c.measured[0] = pm.Measurement{RTO: 200 * ms}
		f, err := Manager(compiled(t, "m.star", "def on_event(conn, e):\n    "+test.body), PlugConfig{
			Error: func(err *Error) { t.Error(err.Backtrace()) },
			Log:   func(l Line) { c.say("log %s", l.Text) },
		})
		if err != nil {
			t.Fatal(err)
		}
		f().Handle(sim.Time(3*unit.Second), c, pm.Event{Kind: pm.Established})
		if got := strings.Join(c.take(), "; "); got != test.want {
			t.Errorf("%s: %s, want %s", test.body, got, test.want)
		}
	}
}

// TestPlugBackup: a subflow has the flag of its local address unless the script says otherwise.
func TestPlugBackup(t *testing.T) {
	m := managers(t, compiled(t, "b.star", `
def on_event(conn, e):
    conn.open(1)
    conn.open(1, backup = False)
    conn.open(1, None, True)
    conn.open(0)
`))()
	c := phone()
	c.locals[1].Backup = true
	m.Handle(0, c, pm.Event{Kind: pm.Established})
	for i, want := range []bool{true, false, true, false} {
		if c.opened[i].Backup != want {
			t.Errorf("subflow %d: backup %v", i, c.opened[i].Backup)
		}
	}
}

// TestPlugTimers: timers have names and can be cancelled; their places are used again.
func TestPlugTimers(t *testing.T) {
	c := phone()
	f, err := Manager(compiled(t, "t.star", `
def on_event(conn, e):
    if e.kind == "established":
        conn.after(ms(10), "a")
        conn.state["b"] = conn.after(ms(20), ("b", 1))
        conn.after(ms(30))
    else:
        log(e.kind, e.name, conn.cancel(conn.state["b"]))
`), PlugConfig{Error: func(err *Error) { t.Error(err.Backtrace()) }, Log: func(l Line) { c.say("%s", l.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	m := f()
	m.Handle(0, c, pm.Event{Kind: pm.Established})
	if !slices.Equal(c.waits, []unit.Duration{10 * ms, 20 * ms, 30 * ms}) {
		t.Fatalf("waits %v", c.waits)
	}
	for _, n := range c.timers {
		m.Handle(0, c, pm.Event{Kind: pm.TimerDue, Timer: n})
	}
	if got := strings.Join(c.take(), "; "); got != "timer a True; timer None False" {
		t.Errorf("timers: %s", got)
	}
	c.timers = nil
	m.Handle(0, c, pm.Event{Kind: pm.Established})
	if slices.Max(c.timers) != 2 {
		t.Errorf("places of new timers %v, want 0..2", c.timers)
	}
}
