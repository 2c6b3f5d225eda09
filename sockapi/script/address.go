package script

import (
	"fmt"
	"net/netip"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"mpsim/model/wire"
	"mpsim/sockapi"
)

// Address is an IP address as scripts see it.
type Address wire.Addr

var _ starlark.Comparable = Address{}

// String prints the address.
func (a Address) String() string { return wire.Addr(a).String() }

// Type returns the name that scripts see.
func (a Address) Type() string { return "address" }

// Freeze does nothing.
func (a Address) Freeze() {}

// Truth tells whether it is an address at all.
func (a Address) Truth() starlark.Bool { return starlark.Bool(wire.Addr(a).IsValid()) }

// Hash is a function of the address alone.
func (a Address) Hash() (uint32, error) {
	h := (a.Hi*31 + a.Lo) * 0x9e3779b97f4a7c15
	return uint32(h >> 32), nil
}

// CompareSameType compares addresses: == and != only.
func (a Address) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	switch op {
	case syntax.EQL:
		return a == y.(Address), nil
	case syntax.NEQ:
		return a != y.(Address), nil
	default:
		return false, fmt.Errorf("addresses have no order")
	}
}

// address returns an argument as an address: one of its own, or a name or number in a string. Nothing given: no
// address.
func (r *Run) address(g *given, i int) (wire.Addr, error) {
	switch v := g.v[i].(type) {
	case nil:
		return wire.Addr{}, nil
	case Address:
		return wire.Addr(v), nil
	case *interfaceValue:
		if len(v.tag.Addrs) > 0 {
			return v.tag.Addrs[0], nil
		}
		return wire.Addr{}, fmt.Errorf("%s: interface %s has no address", g.s.names[i], v.tag.Name)
	case starlark.String:
		a, err := r.resolve(string(v))
		if err != nil && g.s.names[i] == "local" {
			err = fmt.Errorf("%w (%s)", err, r.interfaces(string(v)))
		}
		if err != nil {
			return a, fmt.Errorf("%s: %w", g.s.names[i], err)
		}
		return a, nil
	}
	return wire.Addr{}, g.wrong(i, `an address or a name, such as "server"`)
}

// interfaces says which interfaces the host has, and which of them a wrong name may stand for.
func (r *Run) interfaces(wrong string) string {
	var names []string
	for i := range r.config.Labels {
		names = append(names, r.config.Labels[i].Name)
	}
	if len(names) == 0 {
		return "give an address"
	}
	return "interfaces of this host: " + strings.Join(names, ", ") + didYouMean(wrong, names)
}

// resolve finds the address of a number, of an interface of this host, or of a name of the scenario.
func (r *Run) resolve(name string) (wire.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		return wire.AddrFrom(a), nil
	}
	if name != "" && (strings.Trim(name, "0123456789.") == "" || strings.Contains(name, ":")) {
		return wire.Addr{}, fmt.Errorf("%q is not an address", name[:min(len(name), 64)])
	}
	var names []string
	for i := range r.config.Labels {
		tag := &r.config.Labels[i]
		if tag.Name == name && len(tag.Addrs) > 0 {
			return tag.Addrs[0], nil
		}
		names = append(names, tag.Name)
	}
	if r.config.Resolve != nil {
		return r.config.Resolve(name)
	}
	return wire.Addr{}, fmt.Errorf("no address is known as %q%s", name, didYouMean(name, names))
}

// source chooses the local address of a connection as the host's routing does.
func (r *Run) source(to wire.Addr) (wire.Addr, error) {
	h, ok := r.config.Host.TCP().Host().(interface {
		Source(dst wire.Addr) (wire.Addr, error)
	})
	if !ok {
		return wire.Addr{}, sockapi.ENETUNREACH
	}
	a, err := h.Source(to)
	if err != nil {
		return a, fmt.Errorf("%w: %w", sockapi.ENETUNREACH, err)
	}
	return a, nil
}

var addressParams = params("address", 1, "name")

// addressCall finds an address: address("server.eth0").
func addressCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, err := inRun(t)
	if err != nil {
		return nil, err
	}
	g, err := addressParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	a, err := c.run.address(&g, 0)
	return Address(a), err
}
