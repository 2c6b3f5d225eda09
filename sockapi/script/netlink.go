package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sockapi/netlink"
)

// netlinkValue is a netlink socket of package netlink: events and commands of a path manager in user space.
type netlinkValue struct {
	s   *netlink.Socket
	run *Run
}

func (v *netlinkValue) String() string        { return "<netlink " + v.s.Kernel().Family().String() + ">" }
func (v *netlinkValue) Type() string          { return "netlink" }
func (v *netlinkValue) Freeze()               {}
func (v *netlinkValue) Truth() starlark.Bool  { return true }
func (v *netlinkValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: netlink") }
func (v *netlinkValue) AttrNames() []string   { return slices.Clone(netlinkNames) }

// Attr gives methods.
func (v *netlinkValue) Attr(name string) (starlark.Value, error) {
	return method(netlinkMethods, v, name)
}

func netlinkEntries() []entry {
	return []entry{
		{"event", netlinkEvent}, {"announce", netlinkCall(announceParams, netlinkAnnounce)},
		{"remove", netlinkCall(removeParams, netlinkRemove)},
		{"create_subflow", netlinkCall(createParams, netlinkCreate)},
		{"destroy_subflow", netlinkCall(destroyParams, netlinkDestroy)},
		{"set_priority", netlinkCall(priorityParams, netlinkPriority)},
		{"set_filter", netlinkFilter}, {"exist", netlinkCall(existParams, netlinkExist)},
		{"add_endpoint", netlinkCall(endpointParams, netlinkEndpoint)},
		{"del_endpoint", netlinkCall(delParams, netlinkDelEndpoint)},
		{"set_limits", netlinkCall(limitParams, netlinkLimits)},
		{"close", netlinkClose},
	}
}

var (
	netlinkMethods = newMethods(netlinkEntries()...)
	netlinkNames   = namesOf(netlinkEntries())

	netlinkParams  = params("netlink", 0, "family", "latency", "capacity", "monitor")
	announceParams = params("announce", 3, "token", "address", "id", "port", "backup")
	removeParams   = params("remove", 2, "token", "id")
	createParams   = params("create_subflow", 1, "token", "local", "local_id", "remote", "remote_id", "local_port",
		"remote_port", "backup")
	destroyParams  = params("destroy_subflow", 2, "token", "subflow")
	priorityParams = params("set_priority", 3, "token", "subflow", "backup")
	existParams    = params("exist", 1, "token")
	endpointParams = params("add_endpoint", 1, "address", "id", "signal", "subflow", "backup", "fullmesh")
	delParams      = params("del_endpoint", 1, "id")
	limitParams    = params("set_limits", 2, "subflows", "add_addr_accepted")
)

// newNetlink opens a netlink socket of a family, "mptcp_pm" (upstream) or "mptcp" (out of tree). From then on user
// space manages the paths of the host's connections to come. latency is of each message, one way; capacity bounds the
// events that wait; monitor adds those of local addresses, timeouts and fallback.
func newNetlink(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, err := inRun(t)
	if err != nil {
		return nil, err
	}
	g, err := netlinkParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	name, err := g.text(0, "mptcp_pm")
	if err != nil {
		return nil, err
	}
	latency, err := g.span(1, 0)
	if err != nil {
		return nil, err
	}
	capacity, err := g.number(2, 0, 1<<20, 0)
	if err != nil {
		return nil, err
	}
	monitor, err := g.flag(3, false)
	if err != nil {
		return nil, err
	}
	k, err := c.run.kernel(name)
	if err != nil {
		return nil, failed("netlink", err)
	}
	if k == nil {
		return nil, g.wrong(0, `"mptcp_pm" or "mptcp"`)
	}
	if err := c.charge(t, taskOctets); err != nil {
		return nil, err
	}
	s := k.Open(latency)
	s.SetCapacity(int(capacity))
	s.Monitor(monitor)
	return &netlinkValue{s: s, run: c.run}, nil
}

// kernel is the host's side, made by the first socket of a family.
func (r *Run) kernel(family string) (*netlink.Kernel, error) {
	for _, f := range []netlink.Family{netlink.Upstream, netlink.OutOfTree} {
		if f.String() != family {
			continue
		}
		if r.netlink == nil || r.netlink.Family() != f {
			k, err := netlink.Attach(r.config.Host, f)
			if err != nil {
				return nil, err
			}
			r.netlink = k
		}
		return r.netlink, nil
	}
	return nil, nil
}

// netlinkEvent waits for the next event and returns it, or None at the end of the timeout.
func netlinkEvent(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	v := b.Receiver().(*netlinkValue)
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	g, err := eventParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 0)
	if err != nil {
		return nil, err
	}
	e, err := v.s.RecvUntil(p, until)
	c.woken(t)
	if err == errAgain {
		return starlark.None, nil
	}
	if err != nil {
		return nil, failed("event", err)
	}
	return messageValue(v.run, &e), c.charge(t, 2*eventOctets)
}

var messageNames = []string{"kind", "at", "token", "local_id", "remote_id", "local", "local_port", "remote",
	"remote_port", "backup", "errno", "interface", "server_side", "reset_reason", "rto", "backoff"}

// messageValue has the attributes of a message; None for those that it has not.
func messageValue(r *Run, e *netlink.Event) starlark.Value {
	m := &e.Message
	has := func(a netlink.Attrs, v starlark.Value) starlark.Value {
		if m.Has.Has(a) {
			return v
		}
		return starlark.None
	}
	number := func(a netlink.Attrs, n int64) starlark.Value { return has(a, starlark.MakeInt64(n)) }
	name := starlark.Value(starlark.None)
	if i := m.IfIndex - 1; i >= 0 && i < len(r.config.Labels) {
		name = starlark.String(r.config.Labels[i].Name)
	}
	errno := starlark.Value(starlark.None)
	if m.Has.Has(netlink.AttrError) && m.Errno != 0 {
		errno = Errno(m.Errno)
	}
	return &structValue{kind: "message", names: messageNames, values: []starlark.Value{
		starlark.String(e.Kind.String()), Duration(e.At), number(netlink.AttrToken, int64(m.Token)),
		number(netlink.AttrLocalID, int64(m.LocalID)), number(netlink.AttrRemoteID, int64(m.RemoteID)),
		has(netlink.AttrLocalAddr, Address(m.Local)), number(netlink.AttrLocalPort, int64(m.LocalPort)),
		has(netlink.AttrRemoteAddr, Address(m.Remote)), number(netlink.AttrRemotePort, int64(m.RemotePort)),
		has(netlink.AttrBackup, starlark.Bool(m.Backup)), errno, name,
		has(netlink.AttrServerSide, starlark.Bool(m.ServerSide)), number(netlink.AttrResetReason, int64(m.ResetReason)),
		has(netlink.AttrTimeout, Duration(m.RTO)), number(netlink.AttrTimeout, int64(m.Backoff)),
	}}
}

// netlinkCall is a command: it blocks for the latency of the socket.
func netlinkCall(s *signature, f func(*netlinkCommand) error) builtinFunc {
	return func(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
		starlark.Value, error) {
		c, p, err := waiting(t)
		if err != nil {
			return nil, err
		}
		g, err := s.bind(args, kwargs)
		if err != nil {
			return nil, err
		}
		x := &netlinkCommand{netlinkValue: b.Receiver().(*netlinkValue), p: p, g: &g}
		err = f(x)
		c.woken(t)
		if x.wrong != nil {
			return nil, x.wrong
		}
		return done(s.name, err)
	}
}

// netlinkFilter has only events of these kinds sent: set_filter(*kinds), of family "mptcp".
func netlinkFilter(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	if len(kwargs) > 0 {
		return nil, fmt.Errorf("takes the names of kinds of events")
	}
	mask := netlink.Mask(0)
	for _, a := range args {
		name, _ := a.(starlark.String)
		k, err := netlinkKind(string(name))
		if err != nil {
			return nil, err
		}
		mask |= netlink.MaskOf(k)
	}
	err = b.Receiver().(*netlinkValue).s.SetFilter(p, mask)
	c.woken(t)
	return done("set_filter", err)
}

// netlinkKinds are the events that a filter can name.
var netlinkKinds = []netlink.EventKind{netlink.EventCreated, netlink.EventEstablished, netlink.EventClosed,
	netlink.EventAnnounced, netlink.EventRemoved, netlink.EventSubflowEstablished, netlink.EventSubflowClosed,
	netlink.EventSubflowPriority}

func netlinkKind(name string) (netlink.EventKind, error) {
	var names []string
	for _, k := range netlinkKinds {
		if k.String() == strings.ReplaceAll(name, "_", "-") {
			return k, nil
		}
		names = append(names, k.String())
	}
	return 0, fmt.Errorf("no kind of events is called %q%s: use %s", name, didYouMean(name, names),
		strings.Join(names, ", "))
}

func netlinkClose(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if _, err := closeParams.bind(args, kwargs); err != nil {
		return nil, err
	}
	return done("close", b.Receiver().(*netlinkValue).s.Close())
}
