package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/model/wire"
	"mpsim/sim/unit"
	"mpsim/sockapi/policy"
)

// Policies of package policy: policy(name, socket, paths=None, **settings) has an agent carry one out on a socket.

// settings are the keyword arguments of a policy: each may be taken once, and none may be left.
type policySettings struct {
	kwargs []starlark.Tuple
	err    error
	asked  []string // the settings that the policy has
}

// given returns a setting as an argument, nil if there is none.
func (x *policySettings) given(name string) *given {
	if name != "paths" {
		x.asked = append(x.asked, name)
	}
	for i, kv := range x.kwargs {
		if kv[0].(starlark.String) == starlark.String(name) {
			x.kwargs = append(append([]starlark.Tuple{}, x.kwargs[:i]...), x.kwargs[i+1:]...)
			return &given{s: params("policy", 0, name), v: [maxArgs]starlark.Value{kv[1]}}
		}
	}
	return nil
}

func (x *policySettings) keep(err error) {
	if x.err == nil {
		x.err = err
	}
}

func (x *policySettings) span(name string) unit.Duration {
	g := x.given(name)
	if g == nil {
		return 0
	}
	d, err := g.span(0, 0)
	x.keep(err)
	return d
}

func (x *policySettings) number(name string, high int64) int64 {
	g := x.given(name)
	if g == nil {
		return 0
	}
	n, err := g.number(0, 0, high, 0)
	x.keep(err)
	return n
}

func (x *policySettings) flag(name string) bool {
	g := x.given(name)
	if g == nil {
		return false
	}
	on, err := g.flag(0, false)
	x.keep(err)
	return on
}

// choice returns the place of a name in a list, from 1; 0 where none is given.
func (x *policySettings) choice(name string, choices ...string) int {
	g := x.given(name)
	if g == nil {
		return 0
	}
	text, _ := g.v[0].(starlark.String)
	for i, c := range choices {
		if c == string(text) {
			return i + 1
		}
	}
	x.keep(g.wrong(0, "one of "+strings.Join(choices, ", ")))
	return 0
}

// policyNames are the policies that scripts know.
var policyNames = []string{"handover", "interactive", "aggregate", "primary", "intents", "taps"}

// applier makes the agent of a policy.
type applier func(c *context, s *Socket, paths []policy.Path) (*policy.Agent, error)

// policyOf reads the settings of a policy.
func policyOf(name string, x *policySettings) (applier, error) {
	var p policy.Policy
	switch name {
	case "handover":
		p = policy.Handover{MaxRTO: x.span("max_rto"), Retry: x.span("retry")}
	case "interactive":
		p = &policy.Interactive{MaxRTT: x.span("max_rtt"), Losses: int(x.number("losses", 1<<30)),
			Check: x.span("check"), Calm: x.span("calm"), Retry: x.span("retry")}
	case "aggregate":
		p = policy.Aggregate{Retry: x.span("retry")}
	case "primary":
		p = policy.Primary{PathMaxRxt: int(x.number("path_max_rxt", 1<<16)), HBInterval: x.span("hb_interval")}
	case "intents":
		p = intentsOf(x).Policy()
	case "taps":
		properties := policy.Properties{Multipath: policy.ActiveMP, AdvertisesAltaddr: x.flag("advertises_altaddr")}
		if i := x.choice("multipath", "disabled", "active", "passive"); i > 0 {
			properties.Multipath = policy.Multipath(i - 1)
		}
		if i := x.choice("multipath_policy", "handover", "interactive", "aggregate"); i > 0 {
			properties.MultipathPolicy = policy.MultipathPolicy(i - 1)
		}
		return func(c *context, s *Socket, paths []policy.Path) (*policy.Agent, error) {
			return properties.Apply(c.task.proc, c.run.config.Host, s.s, paths...)
		}, x.err
	default:
		return nil, fmt.Errorf("no policy is called %q%s", name, didYouMean(name, policyNames))
	}
	return func(c *context, s *Socket, paths []policy.Path) (*policy.Agent, error) {
		return policy.Apply(c.task.proc, c.run.config.Host, s.s, p, paths...)
	}, x.err
}

func intentsOf(x *policySettings) policy.Intents {
	return policy.Intents{
		Category:   policy.Category(x.choice("category", "query", "bulk", "control", "keepalives", "stream")),
		FileSize:   x.number("file_size", 1<<60),
		Duration:   x.span("duration"),
		Bitrate:    x.number("bitrate", 1<<60),
		Burstiness: policy.Burstiness(x.choice("burstiness", "random", "regular", "none", "bulk")),
		Timeliness: policy.Timeliness(x.choice("timeliness", "streaming", "interactive", "transfer", "background")),
		Resilience: policy.Resilience(x.choice("resilience", "sensitive", "tolerant", "resilient")),
	}
}

// newPolicy is policy(name, socket, paths=None, **settings).
func newPolicy(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, _, err := waiting(t)
	if err != nil {
		return nil, err
	}
	if len(args) != 2 {
		return nil, fmt.Errorf("takes the name of a policy and a socket, and settings as keyword arguments")
	}
	name, ok := args[0].(starlark.String)
	if !ok {
		return nil, fmt.Errorf("want the name of a policy, got %s", kindOf(args[0]))
	}
	s, ok := args[1].(*Socket)
	if !ok {
		return nil, fmt.Errorf("want a socket, got %s", kindOf(args[1]))
	}
	x := &policySettings{kwargs: kwargs}
	var paths []policy.Path
	if g := x.given("paths"); g != nil {
		if paths, err = c.run.paths(g); err != nil {
			return nil, err
		}
	}
	apply, err := policyOf(string(name), x)
	if err != nil {
		return nil, err
	}
	if len(x.kwargs) > 0 {
		wrong := string(x.kwargs[0][0].(starlark.String))
		return nil, fmt.Errorf("%s has no setting %s%s: it has %s", string(name), wrong, didYouMean(wrong, x.asked),
			strings.Join(x.asked, ", "))
	}
	if err := c.charge(t, taskOctets); err != nil {
		return nil, err
	}
	a, err := apply(c, s, paths)
	if err != nil {
		return nil, failed("policy", err)
	}
	if a == nil { // multipath = "disabled"
		return starlark.None, nil
	}
	return &agentValue{a: a, run: c.run, name: string(name)}, nil
}

// paths reads a list of addresses, or of (address, costly), in order of preference.
func (r *Run) paths(g *given) ([]policy.Path, error) {
	seq, ok := g.v[0].(starlark.Sequence)
	if !ok || seq.Len() > 64 {
		return nil, g.wrong(0, "a list of addresses or interfaces")
	}
	var all []policy.Path
	it := seq.Iterate()
	defer it.Done()
	for v := starlark.Value(nil); it.Next(&v); {
		one := given{s: g.s, v: [maxArgs]starlark.Value{v}}
		p := policy.Path{}
		if pair, ok := v.(starlark.Tuple); ok && len(pair) == 2 {
			one.v[0] = pair[0]
			p.Costly = bool(pair[1].Truth())
		}
		var err error
		if p.Local, err = r.address(&one, 0); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// agentValue is a policy at work on a socket.
type agentValue struct {
	a    *policy.Agent
	run  *Run
	name string
}

func (v *agentValue) String() string        { return "<policy " + v.name + ">" }
func (v *agentValue) Type() string          { return "policy" }
func (v *agentValue) Freeze()               {}
func (v *agentValue) Truth() starlark.Bool  { return true }
func (v *agentValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: policy") }
func (v *agentValue) AttrNames() []string {
	return []string{"decisions", "name", "over", "probe", "set_primary", "stop"}
}

var decisionNames = []string{"at", "action", "path", "local", "sub", "backup", "why", "errno"}

// Attr gives name, over, decisions (at, action, path, local, sub, backup, why, errno of each) and methods.
func (v *agentValue) Attr(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(v.name), nil
	case "over":
		return starlark.Bool(v.a.Over()), nil
	case "decisions":
		var all starlark.Tuple
		for _, d := range v.a.Decisions() {
			all = append(all, &structValue{kind: "decision", names: decisionNames, values: []starlark.Value{
				Duration(d.At), starlark.String(d.Action.String()), starlark.MakeInt(d.Path), Address(d.Local),
				starlark.MakeInt(int(d.Sub)), starlark.Bool(d.Backup), starlark.String(d.Why), errnoValue(d.Err),
			}})
		}
		return all, nil
	}
	return method(agentMethods, v, name)
}

// errnoValue is the errno of an error, or None.
func errnoValue(err error) starlark.Value {
	var e *callError
	if errors.As(failed("", err), &e) {
		return Errno(e.errno)
	}
	return starlark.None
}

var agentMethods = newMethods(
	entry{agentStopParams.name, agentStop},
	entry{"set_primary", agentPath((*policy.Agent).SetPrimary)},
	entry{"probe", agentPath((*policy.Agent).ProbeNow)},
)

var (
	agentStopParams = params("stop", 0)
	agentPathParams = params("set_primary", 1, "path")
)

func agentStop(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if _, err := agentStopParams.bind(args, kwargs); err != nil {
		return nil, err
	}
	b.Receiver().(*agentValue).a.Stop()
	return starlark.None, nil
}

// agentPath is a method that takes the local address of a path.
func agentPath(f func(*policy.Agent, wire.Addr) error) builtinFunc {
	return func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
		starlark.Value, error) {
		v := b.Receiver().(*agentValue)
		g, err := agentPathParams.bind(args, kwargs)
		if err != nil {
			return nil, err
		}
		local, err := v.run.address(&g, 0)
		if err != nil {
			return nil, err
		}
		return done(b.Name(), f(v.a, local))
	}
}
