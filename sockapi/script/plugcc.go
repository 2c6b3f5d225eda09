package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"mpsim/model/cc"
	"mpsim/sim"
)

// A script that is a congestion controller.

// Controller returns a factory of congestion controllers for the subflows and plain connections of one host.
// The script defines
//
//	def on_ack(f, acked):   # octets newly acknowledged, outside of recovery: may set f.cwnd
//
// and may define
//
//	def on_loss(f):         # fast recovery, or an ECN echo (f.echo): returns the new ssthresh
//	def on_rto(f):          # first retransmission timeout of a flight: returns the new ssthresh
//	def on_recovered(f):    # recovery has ended, cwnd is ssthresh
//	def on_undo(f):         # the last loss was spurious, cwnd and ssthresh have been restored
//	def on_idle(f):         # before sending after more than an RTO of silence
//
// Without on_loss and on_rto, or if they return None, ssthresh is half of f.loss_window; without on_idle the
// window restarts after RFC 5681 section 4.1. The connection keeps at least two segments of ssthresh, and
// sets the window of a timeout itself (one segment).
//
// f has cwnd and ssthresh (octets, integers; the script may set both; before any loss ssthresh is infinite, a
// very large number), mss, inflight, flight_size, loss_window (what a loss halves: the octets in flight, at
// most cwnd), initial_cwnd, srtt, min_rtt, last_rtt (0: no sample), rto, cwnd_limited (the window, not the
// application, limited the last flight), in_recovery, echo, established, siblings (the other subflows of the
// connection that may carry data), state (a dict of the script's own) and now. Siblings can be read, their
// state written, but not their windows.
//
// After an error the flow goes on with NewReno from the window it has. Controller fails if the script does
// not define on_ack with two parameters, or one of the others with more or fewer than one, or if its top
// level fails.
func Controller(prog *Program, c PlugConfig) (func() cc.Controller, error) {
	p, err := newPlug(prog, "a congestion controller", c)
	if err != nil {
		return nil, err
	}
	h := &hooks{plug: p, flows: map[*cc.Flow]*plugFlow{}, infinite: starlark.MakeInt64(cc.InfiniteSsthresh)}
	if h.ack, err = p.function("on_ack(f, acked)", true); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		call string
		into **starlark.Function
	}{
		{"on_loss(f)", &h.loss}, {"on_rto(f)", &h.rto}, {"on_recovered(f)", &h.recovered}, {"on_undo(f)", &h.undo},
		{"on_idle(f)", &h.idle},
	} {
		if *f.into, err = p.function(f.call, false); err != nil {
			return nil, err
		}
	}
	return func() cc.Controller { return &controller{hooks: h} }, nil
}

// hooks are the functions of the script and the flows that it controls.
type hooks struct {
	plug                                  *plug
	ack, loss, rto, recovered, undo, idle *starlark.Function // nil: not defined, but for ack
	flows                                 map[*cc.Flow]*plugFlow
	infinite                              starlark.Value
}

// flowOf returns the script's value for a flow. Endpoints are used again: a flow of another connection is
// another flow.
func (h *hooks) flowOf(f *cc.Flow) *plugFlow {
	v := h.flows[f]
	if v == nil || v.group != f.Group {
		v = &plugFlow{flow: f, hooks: h, group: f.Group}
		h.flows[f] = v
	}
	return v
}

// claim returns the value for the flow of a controller that is called for the first time.
func (h *hooks) claim(f *cc.Flow) *plugFlow {
	v := h.flowOf(f)
	if v.claimed { // by the controller that the endpoint had before
		v = &plugFlow{flow: f, hooks: h, group: f.Group}
		h.flows[f] = v
	}
	v.claimed = true
	return v
}

// controller is the congestion control of one flow.
type controller struct {
	hooks    *hooks
	flow     *plugFlow
	args     [2]starlark.Value
	count    kept
	reserve  cc.Controller // NewReno: what the script leaves out, and what follows an error
	replaced bool          // after an error
}

// Name implements cc.Controller.
func (c *controller) Name() string { return c.hooks.plug.title }

func (c *controller) kept() *kept { return &c.count }

func (c *controller) eachState(f func(s *starlark.Dict) error) error { return f(c.flow.state) }

// take prepares a call about f. It returns false if the script is not to be called.
func (c *controller) take(f *cc.Flow) bool {
	if c.flow == nil {
		c.reserve, _ = cc.New("newreno")
		c.flow = c.hooks.claim(f)
		c.args[0] = c.flow
	}
	return !c.replaced
}

// call calls a function of the script, which may change the flow's windows meanwhile.
func (c *controller) call(now sim.Time, fn *starlark.Function, n int) (starlark.Value, bool) {
	c.flow.own = true
	v, err := c.hooks.plug.call(now, c, fn, c.args[:n])
	c.flow.own = false
	if err != nil {
		c.fail(fn, err)
	}
	return v, err == nil
}

func (c *controller) fail(fn *starlark.Function, err error) {
	c.replaced = true
	c.hooks.plug.failed(fn, err)
}

// OnAck implements cc.Controller.
func (c *controller) OnAck(now sim.Time, f *cc.Flow, acked int64) {
	if !c.take(f) {
		c.reserve.OnAck(now, f, acked)
		return
	}
	c.args[1] = starlark.MakeInt64(acked)
	c.call(now, c.hooks.ack, 2)
}

// OnLoss implements cc.Controller.
func (c *controller) OnLoss(now sim.Time, f *cc.Flow) int64 {
	half := c.reserveOf(f).OnLoss(now, f)
	return c.ssthresh(now, c.hooks.loss, half)
}

// OnRTO implements cc.Controller.
func (c *controller) OnRTO(now sim.Time, f *cc.Flow) int64 {
	half := c.reserveOf(f).OnRTO(now, f)
	return c.ssthresh(now, c.hooks.rto, half)
}

// reserveOf returns the flow's NewReno.
func (c *controller) reserveOf(f *cc.Flow) cc.Controller {
	c.take(f)
	return c.reserve
}

// ssthresh asks the script for a threshold, octets; half is what it is without an answer.
func (c *controller) ssthresh(now sim.Time, fn *starlark.Function, half int64) int64 {
	if fn == nil || c.replaced {
		return half
	}
	v, ok := c.call(now, fn, 1)
	if !ok || v == starlark.None {
		return half
	}
	n, err := window(fn.Name()+" returned", v)
	if err != nil {
		c.fail(fn, err)
		return half
	}
	return max(n, 2*c.flow.flow.MSS)
}

// OnRecovered implements cc.Controller.
func (c *controller) OnRecovered(now sim.Time, f *cc.Flow) {
	c.reserveOf(f).OnRecovered(now, f)
	c.tell(now, c.hooks.recovered)
}

// OnUndo implements cc.Controller.
func (c *controller) OnUndo(now sim.Time, f *cc.Flow) {
	c.reserveOf(f).OnUndo(now, f)
	c.tell(now, c.hooks.undo)
}

// OnIdle implements cc.Controller.
func (c *controller) OnIdle(now sim.Time, f *cc.Flow) {
	if c.hooks.idle == nil || !c.take(f) {
		c.reserveOf(f).OnIdle(now, f)
		return
	}
	c.tell(now, c.hooks.idle)
}

// tell calls a function that need not be there.
func (c *controller) tell(now sim.Time, fn *starlark.Function) {
	if fn != nil && !c.replaced {
		c.call(now, fn, 1)
	}
}

// maxWindow bounds the windows that a script may set, octets: far above what TCP can announce.
const maxWindow = 1 << 40

// window understands a number of octets that a script gives for cwnd or ssthresh.
func window(what string, v starlark.Value) (int64, error) {
	i, ok := v.(starlark.Int)
	if !ok {
		return 0, fmt.Errorf("%s %s: windows are integer octets; use int(...) or //", what, shown(v))
	}
	n, ok := i.Int64()
	if !ok || n < 1 || n > maxWindow && n != cc.InfiniteSsthresh {
		return 0, fmt.Errorf("%s %s: must be 1..%d octets", what, v, int64(maxWindow))
	}
	return n, nil
}
