package script

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// Subflows of a socket: the enhanced socket API (sockapi.SubIDs, OpenSub, CloseSub ...).

// subNames are the attributes of what sub_ids lists.
var subNames = []string{"id", "uid", "slave", "fully_established", "attached", "low_prio", "pre_established",
	"low_prio_own", "low_prio_peer", "closing"}

func subValue(s *sockapi.SubStatus) starlark.Value {
	return &structValue{kind: "sub", names: subNames, values: []starlark.Value{
		starlark.MakeInt(int(s.ID)), starlark.MakeInt64(int64(s.UID)), starlark.Bool(s.Slave),
		starlark.Bool(s.FullyEstablished), starlark.Bool(s.Attached), starlark.Bool(s.LowPrio),
		starlark.Bool(s.PreEstablished), starlark.Bool(s.LowPrioOwn), starlark.Bool(s.LowPrioPeer),
		starlark.Bool(s.Closing),
	}}
}

// sub returns an argument as the number of a subflow: an int, or what sub_ids lists.
func (g *given) sub(i int) (uint8, error) {
	v := g.v[i]
	if s, ok := v.(*structValue); ok && s.kind == "sub" {
		v = s.values[0]
	}
	if n, ok := v.(starlark.Int); ok {
		if id, ok := n.Int64(); ok && 0 <= id && id <= 255 {
			return uint8(id), nil
		}
	}
	return 0, g.wrong(i, "the id of a subflow")
}

var subIDsParams = params("sub_ids", 0)

// socketSubIDs is MPTCP_GET_SUB_IDS.
func socketSubIDs(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, err := socketCall(b, subIDsParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	all, err := s.s.SubIDs()
	if err != nil {
		return nil, failed("sub_ids", err)
	}
	list := make([]starlark.Value, len(all))
	for i := range all {
		list[i] = subValue(&all[i])
	}
	return starlark.NewList(list), contextOf(t).charge(t, 256*int64(len(all)))
}

var tupleNames = []string{"local", "local_port", "remote", "remote_port"}

func tupleValue(u sockapi.SubTuple) starlark.Value {
	return &structValue{kind: "tuple", names: tupleNames, values: []starlark.Value{
		Address(u.Local), starlark.MakeInt(int(u.LocalPort)), Address(u.Remote), starlark.MakeInt(int(u.RemotePort)),
	}}
}

var subTupleParams = params("sub_tuple", 1, "id")

// socketSubTuple is MPTCP_GET_SUB_TUPLE.
func socketSubTuple(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, subTupleParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	id, err := g.sub(0)
	if err != nil {
		return nil, err
	}
	u, err := s.s.SubTuple(id)
	if err != nil {
		return nil, failed("sub_tuple", err)
	}
	return tupleValue(u), nil
}

var openSubParams = params("open_sub", 0, "local", "local_port", "remote", "remote_port", "backup", "interface")

// socketOpenSub is MPTCP_OPEN_SUB_TUPLE. It returns the id of the subflow, which is being opened.
func socketOpenSub(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, openSubParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	var r sockapi.OpenRequest
	if r.Local, err = s.run.address(&g, 0); err != nil {
		return nil, err
	}
	lport, err := g.number(1, 0, 65535, 0)
	if err != nil {
		return nil, err
	}
	if r.Remote, err = s.run.address(&g, 2); err != nil {
		return nil, err
	}
	rport, err := g.number(3, 0, 65535, 0)
	if err != nil {
		return nil, err
	}
	if r.Backup, err = g.flag(4, false); err != nil {
		return nil, err
	}
	switch v := g.v[5].(type) {
	case *interfaceValue:
		r.Interface = v.tag.Name
	default:
		if r.Interface, err = g.text(5, ""); err != nil {
			return nil, err
		}
	}
	r.LocalPort, r.RemotePort = uint16(lport), uint16(rport)
	if err := contextOf(t).charge(t, socketOctets); err != nil {
		return nil, err
	}
	id, err := s.s.OpenSub(r)
	if err != nil {
		return nil, s.run.notOpened(err, r.Interface)
	}
	return starlark.MakeInt(int(id)), nil
}

// notOpened adds to the error of open_sub what to do: RFC 8684 section 3.1 wants the connection confirmed by data,
// or its acknowledgement, before there are further subflows.
func (r *Run) notOpened(err error, name string) error {
	var e *callError
	if !errors.As(failed("open_sub", err), &e) {
		return err
	}
	switch e.errno {
	case errAgain:
		if e.text != "" {
			e.text += ": "
		}
		e.text += "exchange data first, such as send and recv of the answer, or wait for the event established, then call again"
	case sockapi.EINVAL:
		for i := range r.config.Labels {
			if name == "" || r.config.Labels[i].Name == name {
				return e
			}
		}
		e.text = "there is no interface " + name[:min(len(name), 64)] + "; " + r.interfaces(name)
	}
	return e
}

var closeSubParams = params("close_sub", 1, "id", "how")

// hows are the ways of close_sub.
var hows = []struct {
	name string
	how  sockapi.How
}{
	{"rd", sockapi.ShutRd}, {"wr", sockapi.ShutWr}, {"rdwr", sockapi.ShutRdWr}, {"rst", sockapi.Reset},
	{"silent", sockapi.Silent},
}

// socketCloseSub is MPTCP_CLOSE_SUB_ID.
func socketCloseSub(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, closeSubParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	id, err := g.sub(0)
	if err != nil {
		return nil, err
	}
	how, err := g.how(1)
	if err != nil {
		return nil, err
	}
	return done("close_sub", s.s.CloseSub(id, how))
}

// how is a name, or a number of C.
func (g *given) how(i int) (sockapi.How, error) {
	switch v := g.v[i].(type) {
	case nil:
		return sockapi.Reset, nil
	case starlark.Int:
		n, err := g.number(i, 0, 1<<31-1, 0)
		return sockapi.How(n), err
	case starlark.String:
		for _, h := range hows {
			if h.name == string(v) {
				return h.how, nil
			}
		}
	}
	return 0, g.wrong(i, `"rst", "rd", "wr", "rdwr" or "silent"`)
}

var subPrioParams = params("sub_prio", 2, "id", "backup")

// socketSubPrio is MPTCP_SUB_PRIO.
func socketSubPrio(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, subPrioParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	id, err := g.sub(0)
	if err != nil {
		return nil, err
	}
	backup, err := g.flag(1, false)
	if err != nil {
		return nil, err
	}
	return done("sub_prio", s.s.SubPrio(id, backup))
}

var (
	subGetParams  = params("sub_get", 2, "id", "option")
	subSetParams  = params("sub_set", 3, "id", "option", "value")
	subInfoParams = params("sub_info", 1, "id")
)

// subOption are the first two arguments of sub_get and sub_set.
func (g *given) subOption() (uint8, *option, error) {
	id, err := g.sub(0)
	if err != nil {
		return 0, nil, err
	}
	o, err := g.option(1)
	return id, o, err
}

// socketSubGet is MPTCP_SUB_GETSOCKOPT.
func socketSubGet(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, subGetParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	id, o, err := g.subOption()
	if err != nil {
		return nil, err
	}
	v, err := s.subGet(id, o)
	if err != nil {
		return nil, failed("sub_get", err)
	}
	return v, nil
}

func (s *Socket) subGet(id uint8, o *option) (starlark.Value, error) {
	switch {
	case o.level == abi.IPPROTO_TCP && o.number == abi.TCP_INFO:
		i, err := s.s.SubInfo(id)
		if err != nil {
			return nil, err
		}
		return &infoValue{i}, nil
	case o.level == abi.IPPROTO_TCP && o.number == abi.TCP_CONGESTION:
		name, err := s.s.SubCongestion(id)
		return starlark.String(name), err
	case o.kind == kindNumber:
		n, err := s.s.SubOption(id, o.typed)
		return starlark.MakeInt64(n), err
	}
	if _, err := s.s.SubTuple(id); err != nil { // an unknown id comes before an unknown option
		return nil, err
	}
	return nil, sockapi.ENOPROTOOPT
}

// socketSubSet is MPTCP_SUB_SETSOCKOPT.
func socketSubSet(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, subSetParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	id, o, err := g.subOption()
	if err != nil {
		return nil, err
	}
	switch {
	case o.level == abi.IPPROTO_TCP && o.number == abi.TCP_CONGESTION:
		name, err := g.text(2, "")
		if err != nil {
			return nil, err
		}
		return done("sub_set", s.s.SetSubCongestion(id, name))
	case o.kind == kindNumber:
		n, err := o.numberOf(&g, 2)
		if err != nil {
			return nil, err
		}
		return done("sub_set", s.s.SetSubOption(id, o.typed, n))
	}
	if _, err := s.s.SubTuple(id); err != nil {
		return nil, failed("sub_set", err)
	}
	return nil, failed("sub_set", fmt.Errorf("%w: %s", sockapi.ENOPROTOOPT, o.name))
}

// socketSubInfo is sub_get(id, TCP_INFO).
func socketSubInfo(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, subInfoParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	id, err := g.sub(0)
	if err != nil {
		return nil, err
	}
	i, err := s.s.SubInfo(id)
	if err != nil {
		return nil, failed("sub_info", err)
	}
	return &infoValue{i}, nil
}
