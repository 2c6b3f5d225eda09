package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"mpsim/model/mptcp/pm"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// A script that is a path manager.

// Manager returns a factory of path managers for the connections of one host. The script defines
//
//	def on_event(conn, e):
//
// which is called for each event of a connection (pm.EventKind): e.kind is "created", "established",
// "closed", "announced", "removed", "subflow-established", "subflow-closed", "subflow-priority", "local-up",
// "local-down", "subflow-stale", "subflow-recovered", "retry-due", "subflow-timeout" (each RTO) or "timer";
// e.local, e.remote and e.subflow are what it is about, or None; e.reason is why a subflow closed, e.reset
// None, "transient" or "permanent" if a RST said so, and e.name is the timer's.
//
// conn has client (this host opened the connection), locals, remotes, subflows, peer_allows_initial (it did
// not set the C flag), now, and state (a dict of the script's own), and what the script does happens after
// on_event returns, in order:
//
//	conn.open(local, remote=None, backup=None)   # None: the first remote; the local's flag
//	conn.close(subflow)                          # a subflow or its id
//	conn.announce(local, port=0)                 # ADD_ADDR
//	conn.withdraw(local)                         # REMOVE_ADDR; a local or its id
//	conn.set_backup(subflow, backup)             # MP_PRIO
//	conn.after(duration, name) -> id             # a "timer" event later; name may be any value
//	conn.cancel(id)
//
// A local is given as a value, its id, its address or its interface, a remote as a value, its id or its
// address. A local has id, addr, interface, up, backup; a remote id, addr, port, port_given; a subflow id,
// local_id, remote_id, local, remote, local_port, remote_port, established, backup, incoming, and what was
// measured of it when the event was handed over: srtt, rttvar, min_rtt, rto, backoff, cwnd, ssthresh,
// inflight, sent, acked, resent, pacing_rate (octets a second), stale.
//
// After an error the script is not called for the connection again: what there is stays, nothing is opened.
// Manager fails if the script does not define on_event with two parameters, or if its top level fails.
func Manager(prog *Program, c PlugConfig) (func() pm.Manager, error) {
	p, err := newPlug(prog, "a path manager", c)
	if err != nil {
		return nil, err
	}
	fn, err := p.function("on_event(conn, e)", true)
	if err != nil {
		return nil, err
	}
	return func() pm.Manager {
		m := &manager{plug: p, handle: fn}
		m.conn.m = m
		return m
	}, nil
}

// manager is the path manager of one connection.
type manager struct {
	plug    *plug
	handle  *starlark.Function
	conn    plugConn
	timers  []plugTimer
	free    []uint32 // places in timers
	count   kept
	stopped bool // after an error
}

// plugTimer is a timer that a script has set.
type plugTimer struct {
	name   starlark.Value
	serial uint64 // what conn.after returned; 0: not running
}

// Name implements pm.Manager.
func (m *manager) Name() string { return m.plug.title }

func (m *manager) kept() *kept { return &m.count }

func (m *manager) eachState(f func(s *starlark.Dict) error) error { return f(m.conn.state) }

// WatchesTimeouts implements pm.TimeoutWatcher.
func (m *manager) WatchesTimeouts() bool { return !m.stopped }

// Handle implements pm.Manager.
func (m *manager) Handle(now sim.Time, c pm.Conn, e pm.Event) {
	if m.stopped {
		return
	}
	v := &plugEvent{e: e, name: starlark.None}
	if e.Kind == pm.TimerDue {
		name, running := m.expire(e.Timer)
		if !running {
			return
		}
		v.name = name
	}
	m.conn.begin(now, c)
	v.conn = &m.conn
	_, err := m.plug.call(now, m, m.handle, starlark.Tuple{&m.conn, v})
	m.conn.end()
	if err != nil {
		m.stopped = true
		m.plug.failed(m.handle, err)
	}
}

// after starts a timer.
func (m *manager) after(t pm.Timers, d unit.Duration, name starlark.Value) uint64 {
	if len(m.free) == 0 {
		m.free = append(m.free, uint32(len(m.timers)))
		m.timers = append(m.timers, plugTimer{})
	}
	place := m.free[len(m.free)-1]
	m.free = m.free[:len(m.free)-1]
	m.conn.serial++
	m.timers[place] = plugTimer{name: name, serial: m.conn.serial}
	t.After(d, place)
	return m.conn.serial
}

// expire ends the timer of a place. It returns false if it was cancelled.
func (m *manager) expire(place uint32) (name starlark.Value, running bool) {
	if int(place) >= len(m.timers) {
		return nil, false
	}
	t := m.timers[place]
	m.timers[place] = plugTimer{}
	m.free = append(m.free, place)
	return t.name, t.serial != 0
}

// cancel stops a timer, if it runs. The connection tells of it once more: then its place is free.
func (m *manager) cancel(serial uint64) bool {
	for i := range m.timers {
		if t := &m.timers[i]; t.serial == serial && serial != 0 {
			t.serial, t.name = 0, nil
			return true
		}
	}
	return false
}

// plugEvent is an event as a script sees it.
type plugEvent struct {
	e    pm.Event
	conn *plugConn
	name starlark.Value
}

// String implements starlark.Value.
func (e *plugEvent) String() string { return fmt.Sprintf("event(%s)", e.e.Kind) }

// Type implements starlark.Value.
func (e *plugEvent) Type() string { return "event" }

// Freeze implements starlark.Value.
func (e *plugEvent) Freeze() {}

// Truth implements starlark.Value.
func (e *plugEvent) Truth() starlark.Bool { return starlark.True }

// Hash implements starlark.Value.
func (e *plugEvent) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: %s", e.Type()) }

// AttrNames implements starlark.HasAttrs.
func (e *plugEvent) AttrNames() []string {
	return []string{"kind", "local", "name", "reason", "remote", "reset", "reset_reason", "subflow"}
}

// Attr implements starlark.HasAttrs.
func (e *plugEvent) Attr(name string) (starlark.Value, error) {
	kind := e.e.Kind
	switch name {
	case "kind":
		return starlark.String(kind.String()), nil
	case "name":
		return e.name, nil
	case "reason":
		return starlark.String(e.e.Reason), nil
	case "local":
		if kind == pm.LocalUp || kind == pm.LocalDown {
			return e.conn.local(e.e.Local), nil
		}
		return starlark.None, nil
	case "remote":
		if kind == pm.Announced || kind == pm.Removed {
			return &plugRemote{e.e.Remote}, nil
		}
		return starlark.None, nil
	case "subflow":
		switch kind {
		case pm.SubflowEstablished, pm.SubflowClosed, pm.SubflowPriority, pm.SubflowStale, pm.SubflowRecovered,
			pm.RetryDue, pm.SubflowTimeout:
			return e.conn.subflow(e.e.Subflow), nil
		}
		return starlark.None, nil
	case "reset":
		switch r := e.e.Reset; {
		case !r.Given:
			return starlark.None, nil
		case r.Transient:
			return starlark.String("transient"), nil
		}
		return starlark.String("permanent"), nil
	case "reset_reason":
		return starlark.MakeInt(int(e.e.Reset.Reason)), nil
	}
	return nil, nil
}
