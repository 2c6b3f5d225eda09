package script

import (
	"fmt"
	"slices"

	"go.starlark.net/starlark"

	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// plugConn is a connection as a path manager of a script sees it. Outside of on_event it has nothing to show.
type plugConn struct {
	m      *manager
	c      pm.Conn // nil: no call is under way
	now    sim.Time
	serial uint64 // of the newest timer
	acts   int    // methods called at the instant now
	state  *starlark.Dict
}

func (c *plugConn) begin(now sim.Time, p pm.Conn) {
	if now != c.now {
		c.acts = 0
	}
	c.c, c.now = p, now
}

// act counts what the script does at one instant: a timer of 0, or an open that fails at once, leads to a call at the
// same instant, without end if it does the same again.
func (c *plugConn) act(n int) error {
	if c.acts += n; c.acts > maxActs {
		return fmt.Errorf("more than %d calls of conn's methods without virtual time going on (each open counts as %d): an endless loop "+
			"of events?", maxActs, openActs)
	}
	return nil
}
func (c *plugConn) end() { c.c = nil }

// String implements starlark.Value.
func (c *plugConn) String() string { return "conn" }

// Type implements starlark.Value.
func (c *plugConn) Type() string { return "conn" }

// Freeze implements starlark.Value.
func (c *plugConn) Freeze() {}

// Truth implements starlark.Value.
func (c *plugConn) Truth() starlark.Bool { return starlark.True }

// Hash implements starlark.Value.
func (c *plugConn) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: %s", c.Type()) }

// AttrNames implements starlark.HasAttrs.
func (c *plugConn) AttrNames() []string {
	names := []string{"client", "locals", "now", "peer_allows_initial", "remotes", "state", "subflows"}
	for i := range connMethods {
		names = append(names, connMethods[i].name)
	}
	slices.Sort(names)
	return names
}

// connMethod is something that a script does with its connection.
type connMethod struct {
	name string
	call func(c *plugConn, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)
}

// connMethods are the methods of conn.
var connMethods = [...]connMethod{
	{"after", (*plugConn).after}, {"announce", (*plugConn).announce}, {"cancel", (*plugConn).cancel},
	{"close", (*plugConn).close}, {"open", (*plugConn).open}, {"set_backup", (*plugConn).setBackup},
	{"withdraw", (*plugConn).withdraw},
}

// Attr implements starlark.HasAttrs.
func (c *plugConn) Attr(name string) (starlark.Value, error) {
	for i := range connMethods {
		m := &connMethods[i]
		if m.name == name {
			return starlark.NewBuiltin("conn."+name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple,
				kwargs []starlark.Tuple) (starlark.Value, error) {
				if c.c == nil {
					return nil, errNoCall
				}
				n := 1
				if m.name == "open" {
					n = openActs
				}
				if err := c.act(n); err != nil {
					return nil, err
				}
				return m.call(c, args, kwargs)
			}), nil
		}
	}
	if name == "state" {
		if c.state == nil {
			c.state = starlark.NewDict(0)
		}
		return c.state, nil
	}
	if !slices.Contains(c.AttrNames(), name) {
		return nil, nil
	}
	if c.c == nil {
		return nil, errNoCall
	}
	return c.view(name), nil
}

// maxTimers is how many timers of one connection may run at a time, those that were cancelled included.
const maxTimers = 10_000

// maxActs is how often methods of one connection may be called at one instant; maxSubflows, how many subflows a
// connection may have when another is opened (identifiers of addresses have 8 bits).
const (
	maxActs     = 20_000
	openActs    = 20 // what an open counts for: it is much work even where it fails
	maxSubflows = 256
)

// errNoCall is for scripts that keep a connection for later.
var errNoCall = fmt.Errorf("the connection can be used during its own on_event only")

// view reads the connection.
func (c *plugConn) view(name string) starlark.Value {
	var list []starlark.Value
	switch name {
	case "client":
		return starlark.Bool(c.c.Client())
	case "now":
		return Duration(c.now)
	case "peer_allows_initial":
		return starlark.Bool(c.c.RemoteAllowsInitialAddress())
	case "locals":
		for _, l := range c.c.Locals() {
			list = append(list, c.local(l))
		}
	case "remotes":
		for _, r := range c.c.Remotes() {
			list = append(list, &plugRemote{r})
		}
	case "subflows":
		for _, s := range c.c.Subflows() {
			list = append(list, c.subflow(s))
		}
	}
	return starlark.NewList(list)
}

// local makes a value of a local address.
func (c *plugConn) local(l pm.Local) *plugLocal {
	v := &plugLocal{l: l}
	for _, tag := range c.m.plug.labels {
		if slices.Contains(tag.Addrs, l.Addr) {
			v.iface = tag.Name
		}
	}
	return v
}

// subflow makes a value of a subflow, with what is measured of it at this time.
func (c *plugConn) subflow(s pm.Subflow) *pathSubflow {
	f := &pathSubflow{s: s}
	if m, ok := c.c.(pm.Measurer); ok {
		f.m, _ = m.Measure(s.ID)
	}
	return f
}

func (c *plugConn) open(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var local, remote, backup starlark.Value
	err := starlark.UnpackArgs("open", args, kwargs, "local", &local, "remote?", &remote, "backup?", &backup)
	if err != nil {
		return nil, err
	}
	l, err := c.localOf(local)
	if err != nil {
		return nil, err
	}
	r, err := c.remoteOf(remote)
	if err != nil {
		return nil, err
	}
	b := l.Backup
	if backup != nil && backup != starlark.None {
		b = bool(backup.Truth())
	}
	if len(c.c.Subflows()) >= maxSubflows {
		return nil, fmt.Errorf("open: the connection has %d subflows: that is the most", maxSubflows)
	}
	c.c.OpenSubflow(l, r, b)
	return starlark.None, nil
}

func (c *plugConn) close(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var subflow starlark.Value
	if err := starlark.UnpackArgs("close", args, kwargs, "subflow", &subflow); err != nil {
		return nil, err
	}
	id, err := subflowID(subflow)
	if err != nil {
		return nil, err
	}
	c.c.CloseSubflow(id)
	return starlark.None, nil
}

func (c *plugConn) setBackup(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var subflow starlark.Value
	var backup bool
	if err := starlark.UnpackArgs("set_backup", args, kwargs, "subflow", &subflow, "backup", &backup); err != nil {
		return nil, err
	}
	id, err := subflowID(subflow)
	if err != nil {
		return nil, err
	}
	c.c.SetBackup(id, backup)
	return starlark.None, nil
}

func (c *plugConn) announce(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var local starlark.Value
	var port int
	if err := starlark.UnpackArgs("announce", args, kwargs, "local", &local, "port?", &port); err != nil {
		return nil, err
	}
	l, err := c.localOf(local)
	if err != nil {
		return nil, err
	}
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("port %d: must be 0 (none said) or 1..65535", port)
	}
	if port > 0 {
		l.Port = uint16(port)
	}
	c.c.Announce(l)
	return starlark.None, nil
}

func (c *plugConn) withdraw(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var local starlark.Value
	if err := starlark.UnpackArgs("withdraw", args, kwargs, "local", &local); err != nil {
		return nil, err
	}
	l, err := c.localOf(local)
	if err != nil {
		return nil, err
	}
	c.c.Withdraw(l.ID)
	return starlark.None, nil
}

func (c *plugConn) after(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var d Duration
	var name starlark.Value = starlark.None
	var v starlark.Value
	if err := starlark.UnpackArgs("after", args, kwargs, "duration", &v, "name?", &name); err != nil {
		return nil, err
	}
	d, ok := v.(Duration)
	if !ok || d < 0 {
		return nil, fmt.Errorf("after %s: want a duration such as ms(500), not negative", kindOf(v))
	}
	if len(c.m.timers)-len(c.m.free) >= maxTimers {
		return nil, fmt.Errorf("%d timers of this connection are running: that is the most", maxTimers)
	}
	t, ok := c.c.(pm.Timers)
	if !ok {
		return nil, fmt.Errorf("this connection has no timers")
	}
	return starlark.MakeUint64(c.m.after(t, unit.Duration(d), name)), nil
}

func (c *plugConn) cancel(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var serial uint64
	if err := starlark.UnpackArgs("cancel", args, kwargs, "id", &serial); err != nil {
		return nil, err
	}
	return starlark.Bool(c.m.cancel(serial)), nil
}

// localOf finds a local address that a script has named: the value, its id, its address or its interface.
func (c *plugConn) localOf(v starlark.Value) (pm.Local, error) {
	for _, l := range c.c.Locals() {
		switch v := v.(type) {
		case *plugLocal:
			if l.ID == v.l.ID {
				return l, nil
			}
		case starlark.Int:
			if n, ok := v.Int64(); ok && n == int64(l.ID) {
				return l, nil
			}
		case starlark.String:
			if l.Addr.String() == string(v) || v != "" && string(v) == c.local(l).iface {
				return l, nil
			}
		}
	}
	if l, ok := v.(*plugLocal); ok { // one that is no longer there
		return l.l, nil
	}
	return pm.Local{}, fmt.Errorf("%s is none of conn.locals: give one of them, its id, address or interface", kindOf(v))
}

// remoteOf finds a remote address that a script has named; none: the first.
func (c *plugConn) remoteOf(v starlark.Value) (pm.Remote, error) {
	for _, r := range c.c.Remotes() {
		switch v := v.(type) {
		case nil, starlark.NoneType:
			return r, nil
		case *plugRemote:
			if r.ID == v.r.ID {
				return r, nil
			}
		case starlark.Int:
			if n, ok := v.Int64(); ok && n == int64(r.ID) {
				return r, nil
			}
		case starlark.String:
			if r.Addr.String() == string(v) {
				return r, nil
			}
		}
	}
	if r, ok := v.(*plugRemote); ok { // one that is no longer there
		return r.r, nil
	}
	if v == nil {
		v = starlark.None
	}
	return pm.Remote{}, fmt.Errorf("%s is none of conn.remotes: give one of them, its id, or its address", kindOf(v))
}

// subflowID understands a subflow or its number.
func subflowID(v starlark.Value) (uint32, error) {
	switch v := v.(type) {
	case *pathSubflow:
		return v.s.ID, nil
	case starlark.Int:
		if n, ok := v.Uint64(); ok && n < 1<<32 {
			return uint32(n), nil
		}
	}
	return 0, fmt.Errorf("%s is no subflow: give one of conn.subflows, or its id", kindOf(v))
}

// text is an address as scripts have it.
func text(a wire.Addr) starlark.Value {
	if !a.IsValid() {
		return starlark.None
	}
	return starlark.String(a.String())
}
