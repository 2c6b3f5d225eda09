package script

import (
	"fmt"
	"slices"

	"go.starlark.net/starlark"

	"mpsim/model/wire"
	"mpsim/sim/unit"
)

// hostValue is what scripts see as host: name and interfaces.
type hostValue struct {
	run        *Run
	interfaces starlark.Tuple
}

func newHostValue(r *Run) *hostValue {
	h := &hostValue{run: r}
	for i := range r.config.Labels {
		h.interfaces = append(h.interfaces, &interfaceValue{tag: &r.config.Labels[i]})
	}
	return h
}

func (h *hostValue) String() string        { return "<host " + h.run.config.Host.Name() + ">" }
func (h *hostValue) Type() string          { return "host" }
func (h *hostValue) Freeze()               {}
func (h *hostValue) Truth() starlark.Bool  { return true }
func (h *hostValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: host") }
func (h *hostValue) AttrNames() []string   { return []string{"interface", "interfaces", "name"} }

func (h *hostValue) Attr(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(h.run.config.Host.Name()), nil
	case "interfaces":
		return h.interfaces, nil
	}
	return method(hostMethods, h, name)
}

var hostMethods = newMethods(entry{interfaceParams.name, hostInterface})

var interfaceParams = params("interface", 1, "name")

// hostInterface finds an interface by its name.
func hostInterface(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	g, err := interfaceParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	name, err := g.text(0, "")
	if err != nil {
		return nil, err
	}
	h := b.Receiver().(*hostValue)
	var names []string
	for _, v := range h.interfaces {
		i := v.(*interfaceValue)
		if i.tag.Name == name {
			return i, nil
		}
		names = append(names, i.tag.Name)
	}
	return nil, fmt.Errorf("host %s has no interface %q%s", h.run.config.Host.Name(), name, didYouMean(name, names))
}

// interfaceValue is one interface of the host: name, address, addresses, up.
type interfaceValue struct{ tag *InterfaceTag }

func (i *interfaceValue) String() string        { return "<interface " + i.tag.Name + ">" }
func (i *interfaceValue) Type() string          { return "interface" }
func (i *interfaceValue) Freeze()               {}
func (i *interfaceValue) Truth() starlark.Bool  { return true }
func (i *interfaceValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: interface") }
func (i *interfaceValue) AttrNames() []string   { return []string{"address", "addresses", "name", "up"} }

func (i *interfaceValue) Attr(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(i.tag.Name), nil
	case "up":
		return starlark.Bool(i.tag.Up == nil || i.tag.Up()), nil
	case "address":
		if len(i.tag.Addrs) == 0 {
			return starlark.None, nil
		}
		return Address(i.tag.Addrs[0]), nil
	case "addresses":
		all := make(starlark.Tuple, len(i.tag.Addrs))
		for k, a := range i.tag.Addrs {
			all[k] = Address(a)
		}
		return all, nil
	}
	return nil, nil
}

// structValue is a fixed set of named values: args, and what options give back.
type structValue struct {
	kind   string
	names  []string
	values []starlark.Value
}

func (s *structValue) Type() string          { return s.kind }
func (s *structValue) Freeze()               {}
func (s *structValue) Truth() starlark.Bool  { return true }
func (s *structValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: %s", s.kind) }
func (s *structValue) AttrNames() []string   { return slices.Clone(s.names) }

// String prints kind(name = value, ...).
func (s *structValue) String() string {
	b := append([]byte(s.kind), '(')
	for i, name := range s.names {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, name...)
		b = append(b, " = "...)
		b = append(b, s.values[i].String()...)
	}
	return string(append(b, ')'))
}

func (s *structValue) Attr(name string) (starlark.Value, error) {
	for i, n := range s.names {
		if n == name {
			return s.values[i], nil
		}
	}
	return nil, nil
}

// argsValue makes args of the scenario's arguments.
func argsValue(all []Arg) (starlark.Value, error) {
	s := &structValue{kind: "args"}
	for _, a := range all {
		v, err := valueOf(a.Value)
		if err != nil {
			return nil, fmt.Errorf("argument %s: %w", a.Name, err)
		}
		s.names = append(s.names, a.Name)
		s.values = append(s.values, v)
	}
	return s, nil
}

// valueOf is a Go value as scripts see it: sizes and rates are ints, octets and bit/s.
func valueOf(v any) (starlark.Value, error) {
	switch v := v.(type) {
	case nil:
		return starlark.None, nil
	case bool:
		return starlark.Bool(v), nil
	case int:
		return starlark.MakeInt(v), nil
	case int64:
		return starlark.MakeInt64(v), nil
	case float64:
		return starlark.Float(v), nil
	case string:
		return starlark.String(v), nil
	case unit.Duration:
		return Duration(v), nil
	case unit.Bytes:
		return starlark.MakeInt64(int64(v)), nil
	case unit.Bitrate:
		return starlark.MakeInt64(int64(v)), nil
	case wire.Addr:
		return Address(v), nil
	case []any:
		all := make(starlark.Tuple, len(v))
		for i, x := range v {
			var err error
			if all[i], err = valueOf(x); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return nil, fmt.Errorf("scripts know no %T", v)
}
