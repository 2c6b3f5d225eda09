package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"mpsim/model/cc"
)

// plugFlow is a flow as a congestion controller of a script sees it: attributes are read from the flow
// itself.
type plugFlow struct {
	hooks   *hooks
	flow    *cc.Flow
	group   *cc.Group // of the flow when this value was made
	claimed bool      // a controller has it, not only a sibling
	own     bool      // its call is under way: windows may be set
	state   *starlark.Dict
	others  starlark.Tuple
	srtt    timeAttr
	minRTT  timeAttr
	lastRTT timeAttr
}

// String implements starlark.Value.
func (f *plugFlow) String() string { return fmt.Sprintf("flow(%d)", f.flow.Index) }

// Type implements starlark.Value.
func (f *plugFlow) Type() string { return "flow" }

// Freeze implements starlark.Value.
func (f *plugFlow) Freeze() {}

// Truth implements starlark.Value.
func (f *plugFlow) Truth() starlark.Bool { return starlark.True }

// Hash implements starlark.Value.
func (f *plugFlow) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: %s", f.Type()) }

// AttrNames implements starlark.HasAttrs.
func (f *plugFlow) AttrNames() []string {
	return []string{"cwnd", "cwnd_limited", "echo", "established", "flight_size", "in_recovery", "inflight",
		"initial_cwnd", "last_rtt", "loss_window", "min_rtt", "mss", "now", "rto", "siblings", "srtt", "ssthresh", "state"}
}

// Attr implements starlark.HasAttrs.
func (f *plugFlow) Attr(name string) (starlark.Value, error) {
	c := f.flow
	switch name {
	case "cwnd":
		return starlark.MakeInt64(c.Cwnd), nil
	case "ssthresh":
		if c.Ssthresh == cc.InfiniteSsthresh {
			return f.hooks.infinite, nil
		}
		return starlark.MakeInt64(c.Ssthresh), nil
	case "mss":
		return starlark.MakeInt64(c.MSS), nil
	case "inflight":
		return starlark.MakeInt64(c.InFlight), nil
	case "cwnd_limited":
		return starlark.Bool(c.CwndLimited), nil
	case "in_recovery":
		return starlark.Bool(c.InRecovery), nil
	case "srtt":
		return f.srtt.value(c.SRTT), nil
	case "min_rtt":
		return f.minRTT.value(c.MinRTT), nil
	case "last_rtt":
		return f.lastRTT.value(c.LastRTT), nil
	case "siblings":
		return f.siblings(), nil
	case "state":
		if f.state == nil {
			f.state = starlark.NewDict(0)
		}
		return f.state, nil
	}
	return f.rareAttr(name), nil
}

// rareAttr has the attributes that no ACK needs.
func (f *plugFlow) rareAttr(name string) starlark.Value {
	c := f.flow
	switch name {
	case "flight_size":
		return starlark.MakeInt64(c.FlightSize)
	case "loss_window":
		return starlark.MakeInt64(c.LossWindow())
	case "initial_cwnd":
		return starlark.MakeInt64(c.InitialWindow())
	case "echo":
		return starlark.Bool(c.Echo)
	case "established":
		return starlark.Bool(c.Established)
	case "rto":
		return Duration(c.RTO)
	case "now":
		return Duration(f.hooks.plug.now)
	}
	return nil
}

// SetField implements starlark.HasSetField.
func (f *plugFlow) SetField(name string, v starlark.Value) error {
	if name != "cwnd" && name != "ssthresh" {
		return starlark.NoSuchAttrError(fmt.Sprintf("flow has no .%s that can be set: cwnd and ssthresh can", name))
	}
	if !f.own {
		return fmt.Errorf("%s of another flow cannot be set: each flow sets its own", name)
	}
	n, err := window(name+" =", v)
	if err != nil {
		return err
	}
	switch {
	case name == "ssthresh":
		f.flow.Ssthresh = n
	case n > maxWindow:
		return fmt.Errorf("cwnd = infinite: must be 1..%d octets", int64(maxWindow))
	default:
		f.flow.Cwnd = n
	}
	return nil
}

// siblings are the connection's other flows that may carry data. A tuple that was handed out stays as it is.
func (f *plugFlow) siblings() starlark.Tuple {
	g := f.flow.Group
	if g == nil {
		return nil
	}
	n, same := 0, true
	for _, c := range g.Flows {
		if c == f.flow || !c.Established {
			continue
		}
		same = same && n < len(f.others) && f.others[n] == starlark.Value(f.hooks.flowOf(c))
		n++
	}
	if same && n == len(f.others) {
		return f.others
	}
	f.others = make(starlark.Tuple, 0, n)
	for _, c := range g.Flows {
		if c != f.flow && c.Established {
			f.others = append(f.others, f.hooks.flowOf(c))
		}
	}
	return f.others
}
