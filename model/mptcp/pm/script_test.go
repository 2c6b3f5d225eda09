package pm

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"mpsim/model/wire"
)

// fakeConn is a connection whose network is the test: it lists what it was told and logs actions. Opened
// subflows are in its list at once, established and closed by the script.
type fakeConn struct {
	client    bool
	denyFirst bool // peer set the C flag
	locals    []Local
	remotes   []Remote
	subflows  []Subflow
	pending   []func()
	nextID    uint32
	log       strings.Builder
}

func (c *fakeConn) Client() bool                     { return c.client }
func (c *fakeConn) Locals() []Local                  { return c.locals }
func (c *fakeConn) Remotes() []Remote                { return c.remotes }
func (c *fakeConn) Subflows() []Subflow              { return c.subflows }
func (c *fakeConn) RemoteAllowsInitialAddress() bool { return !c.denyFirst }

func (c *fakeConn) OpenSubflow(l Local, r Remote, backup bool) {
	fmt.Fprintf(&c.log, "open local=%d remote=%d %s -> %s:%d", l.ID, r.ID, l.Addr, r.Addr, r.Port)
	if backup {
		c.log.WriteString(" backup")
	}
	c.log.WriteByte('\n')
	c.pending = append(c.pending, func() { c.add(l, r, backup) })
}

func (c *fakeConn) CloseSubflow(id uint32) { fmt.Fprintf(&c.log, "close subflow=%d\n", id) }

func (c *fakeConn) Announce(l Local) {
	fmt.Fprintf(&c.log, "announce local=%d %s", l.ID, l.Addr)
	if l.Port != 0 {
		fmt.Fprintf(&c.log, " port=%d", l.Port)
	}
	c.log.WriteByte('\n')
}
func (c *fakeConn) Withdraw(id uint8) { fmt.Fprintf(&c.log, "withdraw local=%d\n", id) }
func (c *fakeConn) SetBackup(id uint32, backup bool) {
	fmt.Fprintf(&c.log, "set-backup subflow=%d %v\n", id, backup)
}

func (c *fakeConn) add(l Local, r Remote, backup bool) *Subflow {
	c.subflows = append(c.subflows, Subflow{
		ID: c.nextID, LocalID: l.ID, RemoteID: r.ID, Local: l.Addr, Remote: r.Addr,
		LocalPort: uint16(40000 + c.nextID), RemotePort: r.Port, Backup: backup,
	})
	c.nextID++
	return &c.subflows[len(c.subflows)-1]
}

// deliver calls the manager and then carries out what it asked for.
func (c *fakeConn) deliver(m Manager, e Event) {
	m.Handle(0, c, e)
	for _, f := range c.pending {
		f()
	}
	c.pending = c.pending[:0]
}

func (c *fakeConn) local(id int) *Local {
	return &c.locals[slices.IndexFunc(c.locals, func(l Local) bool { return int(l.ID) == id })]
}

func (c *fakeConn) take(id int) (Subflow, int) {
	i := slices.IndexFunc(c.subflows, func(s Subflow) bool { return int(s.ID) == id })
	return c.subflows[i], i
}

// script runs one file: commands set the scene, "event" calls the manager.
type script struct {
	conn      fakeConn
	manager   Manager
	endpoints []Endpoint
	closed    Subflow
}

func addr(t *testing.T, s string) wire.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return wire.AddrFrom(a)
}

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	s.conn.log.Reset()
	switch d.Cmd {
	case "conn":
		s.setup(t, d)
	case "endpoint": // of the next conn
		var a string
		e := Endpoint{
			Signal: d.HasArg("signal"), Subflow: d.HasArg("subflow"), Backup: d.HasArg("backup"),
			FullMesh: d.HasArg("fullmesh"), Laminar: d.HasArg("laminar"),
		}
		d.ScanArgs(t, "addr", &a)
		e.Addr = addr(t, a)
		if d.HasArg("port") {
			var port int
			d.ScanArgs(t, "port", &port)
			e.Port = uint16(port)
		}
		s.endpoints = append(s.endpoints, e)
	case "local":
		var id int
		var a string
		d.ScanArgs(t, "id", &id)
		d.ScanArgs(t, "addr", &a)
		s.conn.locals = append(s.conn.locals, Local{
			ID: uint8(id), Addr: addr(t, a), Up: !d.HasArg("down"), Backup: d.HasArg("backup"),
		})
	case "remote":
		s.remote(t, d)
	case "first":
		var local int
		d.ScanArgs(t, "local", &local)
		f := s.conn.add(*s.conn.local(local), s.conn.remotes[0], false)
		f.Established, f.Incoming = true, !s.conn.client
	case "event":
		s.event(t, d)
	case "subflows":
		for _, f := range s.conn.subflows {
			fmt.Fprintf(&s.conn.log, "%d: local=%d remote=%d established=%v backup=%v\n",
				f.ID, f.LocalID, f.RemoteID, f.Established, f.Backup)
		}
	default:
		t.Fatalf("%s: no such command %q", d.Pos, d.Cmd)
	}
	if s.conn.log.Len() == 0 {
		return "nothing\n"
	}
	return s.conn.log.String()
}

func (s *script) setup(t *testing.T, d *datadriven.TestData) {
	var name string
	var config Config
	d.ScanArgs(t, "manager", &name)
	if d.HasArg("subflows") {
		d.ScanArgs(t, "subflows", &config.Subflows)
	}
	if d.HasArg("limit") {
		d.ScanArgs(t, "limit", &config.Limit)
	}
	if d.HasArg("accept") {
		d.ScanArgs(t, "accept", &config.Accept)
	}
	if d.HasArg("per-pair") {
		d.ScanArgs(t, "per-pair", &config.PerPair)
	}
	config.Announce, config.ServerOpens = d.HasArg("announce"), d.HasArg("server-opens")
	config.Endpoints, s.endpoints = s.endpoints, nil
	s.conn = fakeConn{client: !d.HasArg("server"), denyFirst: d.HasArg("c-flag")}
	m, err := New(name, config)
	if err != nil {
		t.Fatal(err)
	}
	s.manager = m
}

func (s *script) remote(t *testing.T, d *datadriven.TestData) Remote {
	var id, port int
	var a string
	d.ScanArgs(t, "id", &id)
	d.ScanArgs(t, "addr", &a)
	d.ScanArgs(t, "port", &port)
	r := Remote{ID: uint8(id), Addr: addr(t, a), Port: uint16(port)}
	if i := slices.IndexFunc(s.conn.remotes, func(o Remote) bool { return o.ID == r.ID }); i >= 0 {
		s.conn.remotes[i] = r
	} else {
		s.conn.remotes = append(s.conn.remotes, r)
	}
	return r
}

// event changes the scene as the event says and calls the manager.
func (s *script) event(t *testing.T, d *datadriven.TestData) {
	name := d.CmdArgs[0].Key
	kind := EventKind(slices.Index(eventNames[:], name))
	if int(kind) >= len(eventNames) {
		t.Fatalf("%s: no such event %q", d.Pos, name)
	}
	e := Event{Kind: kind}
	var id int
	if d.HasArg("id") {
		d.ScanArgs(t, "id", &id)
	}
	switch kind {
	case Announced:
		e.Remote = s.remote(t, d)
	case Removed:
		e.Remote.ID = uint8(id)
	case LocalUp, LocalDown:
		s.conn.local(id).Up = kind == LocalUp
		e.Local = *s.conn.local(id)
	case SubflowEstablished:
		if d.HasArg("incoming") {
			var local, remote int
			d.ScanArgs(t, "local", &local)
			d.ScanArgs(t, "remote", &remote)
			from := Remote{ID: uint8(remote), Addr: addr(t, "192.0.2.99"), Port: 5555}
			f := s.conn.add(*s.conn.local(local), from, false)
			f.Incoming, f.Established = true, true
			e.Subflow = *f
			break
		}
		_, i := s.conn.take(id)
		s.conn.subflows[i].Established = true
		e.Subflow = s.conn.subflows[i]
	case SubflowClosed:
		f, i := s.conn.take(id)
		s.conn.subflows = slices.Delete(s.conn.subflows, i, i+1)
		e.Subflow, s.closed = f, f
		e.Reset = Reset{Given: d.HasArg("transient") || d.HasArg("permanent"), Transient: d.HasArg("transient")}
	case RetryDue: // of the subflow closed last
		e.Subflow = s.closed
	case SubflowStale, SubflowRecovered, SubflowPriority:
		e.Subflow, _ = s.conn.take(id)
	case Created, Established, Closed:
	}
	s.conn.deliver(s.manager, e)
}

// TestScripts runs events through the managers. go test -rewrite writes the files anew: commit a
// difference only if you understand each line of it.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var s script
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string { return s.run(t, d) })
	})
}
