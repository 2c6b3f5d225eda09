package script

import (
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"mpsim/model/mptcp/pm"
)

// Addresses and subflows as a path manager of a script sees them: snapshots.

// plugLocal is a local address.
type plugLocal struct {
	l     pm.Local
	iface string // name of its interface; empty: it has none
}

// String implements starlark.Value.
func (l *plugLocal) String() string { return fmt.Sprintf("local(%d, %s)", l.l.ID, l.l.Addr) }

// Type implements starlark.Value.
func (l *plugLocal) Type() string { return "local" }

// Freeze implements starlark.Value.
func (l *plugLocal) Freeze() {}

// Truth implements starlark.Value.
func (l *plugLocal) Truth() starlark.Bool { return starlark.True }

// Hash implements starlark.Value.
func (l *plugLocal) Hash() (uint32, error) { return uint32(l.l.ID), nil }

// CompareSameType implements starlark.Comparable.
func (l *plugLocal) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return same(op, l, l.l.ID == y.(*plugLocal).l.ID)
}

// AttrNames implements starlark.HasAttrs.
func (l *plugLocal) AttrNames() []string { return []string{"addr", "backup", "id", "interface", "up"} }

// Attr implements starlark.HasAttrs.
func (l *plugLocal) Attr(name string) (starlark.Value, error) {
	switch name {
	case "id":
		return starlark.MakeInt(int(l.l.ID)), nil
	case "addr":
		return text(l.l.Addr), nil
	case "interface":
		return starlark.String(l.iface), nil
	case "up":
		return starlark.Bool(l.l.Up), nil
	case "backup":
		return starlark.Bool(l.l.Backup), nil
	}
	return nil, nil
}

// plugRemote is an address of the peer.
type plugRemote struct{ r pm.Remote }

// String implements starlark.Value.
func (r *plugRemote) String() string {
	return fmt.Sprintf("remote(%d, %s:%d)", r.r.ID, r.r.Addr, r.r.Port)
}

// Type implements starlark.Value.
func (r *plugRemote) Type() string { return "remote" }

// Freeze implements starlark.Value.
func (r *plugRemote) Freeze() {}

// Truth implements starlark.Value.
func (r *plugRemote) Truth() starlark.Bool { return starlark.True }

// Hash implements starlark.Value.
func (r *plugRemote) Hash() (uint32, error) { return uint32(r.r.ID), nil }

// CompareSameType implements starlark.Comparable.
func (r *plugRemote) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return same(op, r, r.r.ID == y.(*plugRemote).r.ID)
}

// AttrNames implements starlark.HasAttrs.
func (r *plugRemote) AttrNames() []string { return []string{"addr", "id", "port", "port_given"} }

// Attr implements starlark.HasAttrs.
func (r *plugRemote) Attr(name string) (starlark.Value, error) {
	switch name {
	case "id":
		return starlark.MakeInt(int(r.r.ID)), nil
	case "addr":
		return text(r.r.Addr), nil
	case "port":
		return starlark.MakeInt(int(r.r.Port)), nil
	case "port_given":
		return starlark.Bool(r.r.PortGiven), nil
	}
	return nil, nil
}

// noSubflow is the number of a join that failed before there was a subflow.
const noSubflow = 1<<32 - 1

// pathSubflow is a subflow with what was measured of it.
type pathSubflow struct {
	s pm.Subflow
	m pm.Measurement
}

// String implements starlark.Value.
func (f *pathSubflow) String() string {
	return fmt.Sprintf("subflow(%d, %s:%d-%s:%d)", f.s.ID, f.s.Local, f.s.LocalPort, f.s.Remote, f.s.RemotePort)
}

// Type implements starlark.Value.
func (f *pathSubflow) Type() string { return "subflow" }

// Freeze implements starlark.Value.
func (f *pathSubflow) Freeze() {}

// Truth implements starlark.Value.
func (f *pathSubflow) Truth() starlark.Bool { return starlark.True }

// Hash implements starlark.Value.
func (f *pathSubflow) Hash() (uint32, error) { return f.s.ID, nil }

// CompareSameType implements starlark.Comparable: another snapshot of it is the same subflow.
func (f *pathSubflow) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return same(op, f, f.s.ID == y.(*pathSubflow).s.ID)
}

// AttrNames implements starlark.HasAttrs.
func (f *pathSubflow) AttrNames() []string {
	return []string{"acked", "backoff", "backup", "cwnd", "established", "id", "incoming", "inflight", "local",
		"local_id", "local_port", "min_rtt", "pacing_rate", "remote", "remote_id", "remote_port", "resent", "rto",
		"rttvar", "sent", "srtt", "ssthresh", "stale"}
}

// Attr implements starlark.HasAttrs.
func (f *pathSubflow) Attr(name string) (starlark.Value, error) {
	switch name {
	case "id":
		if f.s.ID == noSubflow {
			return starlark.None, nil
		}
		return starlark.MakeUint64(uint64(f.s.ID)), nil
	case "local_id":
		return starlark.MakeInt(int(f.s.LocalID)), nil
	case "remote_id":
		return starlark.MakeInt(int(f.s.RemoteID)), nil
	case "local":
		return text(f.s.Local), nil
	case "remote":
		return text(f.s.Remote), nil
	case "local_port":
		return starlark.MakeInt(int(f.s.LocalPort)), nil
	case "remote_port":
		return starlark.MakeInt(int(f.s.RemotePort)), nil
	case "established":
		return starlark.Bool(f.s.Established), nil
	case "backup":
		return starlark.Bool(f.s.Backup), nil
	case "incoming":
		return starlark.Bool(f.s.Incoming), nil
	}
	return f.measured(name), nil
}

func (f *pathSubflow) measured(name string) starlark.Value {
	m := &f.m
	switch name {
	case "srtt":
		return Duration(m.SRTT)
	case "rttvar":
		return Duration(m.RTTVar)
	case "min_rtt":
		return Duration(m.MinRTT)
	case "rto":
		return Duration(m.RTO)
	case "backoff":
		return starlark.MakeInt(m.Backoff)
	case "cwnd":
		return starlark.MakeInt64(m.Cwnd)
	case "ssthresh":
		return starlark.MakeInt64(m.Ssthresh)
	case "inflight":
		return starlark.MakeInt64(m.InFlight)
	case "sent":
		return starlark.MakeInt64(m.Sent)
	case "acked":
		return starlark.MakeInt64(m.Acked)
	case "resent":
		return starlark.MakeInt64(m.Resent)
	case "pacing_rate":
		return starlark.MakeInt64(m.PacingRate)
	case "stale":
		return starlark.Bool(m.Stale)
	}
	return nil
}

// same is == and != of things that have a number.
func same(op syntax.Token, v starlark.Value, equal bool) (bool, error) {
	switch op {
	case syntax.EQL:
		return equal, nil
	case syntax.NEQ:
		return !equal, nil
	}
	return false, fmt.Errorf("%s %s %s: compare their attributes instead", v.Type(), op, v.Type())
}
