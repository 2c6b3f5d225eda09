package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sim"
	"mpsim/sockapi"
)

// eventKinds are the names of the kinds of events, which subscribe takes.
var eventKinds = func() []string {
	var all []string
	for k := sockapi.EventSubflowTried; sockapi.AllEvents.Has(k); k++ {
		all = append(all, k.String())
	}
	return all
}()

// socketSubscribe asks for events: subscribe(*kinds, capacity=None); without kinds for all of them, and
// subscribe(None) ends it.
func socketSubscribe(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s := b.Receiver().(*Socket)
	capacity := int64(0)
	for _, kv := range kwargs {
		if name := string(kv[0].(starlark.String)); name != "capacity" {
			return nil, fmt.Errorf("has no parameter %s (only capacity)", name)
		}
		g := given{s: capacityParams, v: [maxArgs]starlark.Value{kv[1]}}
		var err error
		if capacity, err = g.number(0, 1, sockapi.MaxEvents, 0); err != nil {
			return nil, err
		}
	}
	mask := sockapi.EventMask(0)
	for _, a := range args {
		if a == starlark.None && len(args) == 1 {
			return done("subscribe", s.s.Subscribe(0, 0))
		}
		name, ok := a.(starlark.String)
		if !ok {
			return nil, fmt.Errorf("want the names of kinds of events, got %s", kindOf(a))
		}
		k, ok := sockapi.EventKindOf(strings.ReplaceAll(string(name), "_", "-"))
		if !ok {
			return nil, fmt.Errorf("no kind of events is called %q%s", string(name), didYouMean(string(name), eventKinds))
		}
		mask |= sockapi.MaskOf(k)
	}
	if mask == 0 {
		mask = sockapi.AllEvents
	}
	return done("subscribe", s.s.Subscribe(mask, int(capacity)))
}

var capacityParams = params("subscribe", 0, "capacity")

var eventParams = params("event", 0, "timeout")

// socketEvent waits for the next event and returns it, or None at the end of the timeout.
func socketEvent(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, eventParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 0)
	if err != nil {
		return nil, err
	}
	e, err := s.s.RecvEventUntil(p, until)
	c.woken(t)
	if err == errAgain {
		return starlark.None, nil
	}
	if err != nil {
		return nil, failed("event", err)
	}
	return s.eventValue(t, c, e)
}

var eventsParams = params("events", 0)

// socketEvents takes the events that wait.
func socketEvents(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, err := socketCall(b, eventsParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	if s.closed {
		return nil, failed("events", sockapi.EBADF)
	}
	var all []starlark.Value
	for s.s.EventsWaiting() > 0 {
		e, err := s.s.RecvEvent(p, false)
		if err != nil {
			return nil, failed("events", err)
		}
		v, err := s.eventValue(t, c, e)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	t.Steps += blockedSteps
	return starlark.NewList(all), nil
}

// eventOctets is what an event costs.
const eventOctets = 256

func (s *Socket) eventValue(t *starlark.Thread, c *context, e sockapi.SocketEvent) (starlark.Value, error) {
	if err := c.charge(t, eventOctets); err != nil {
		return nil, err
	}
	return &eventValue{e: e, run: s.run}, nil
}

// eventValue is an event of a socket, with the fields of sockapi.SocketEvent.
type eventValue struct {
	e   sockapi.SocketEvent
	run *Run
}

var eventNames = []string{"kind", "seq", "at", "sub", "uid", "local", "local_port", "remote", "remote_port", "local_id",
	"remote_id", "interface", "backup", "opener", "join", "by_peer", "errno", "reason", "reset_reason", "transient", "rto",
	"backoff", "address", "address_id", "port", "lost"}

// Type returns the name that scripts see.
func (v *eventValue) Type() string          { return "event" }
func (v *eventValue) Freeze()               {}
func (v *eventValue) Truth() starlark.Bool  { return true }
func (v *eventValue) Hash() (uint32, error) { return uint32(v.e.Seq), nil }
func (v *eventValue) AttrNames() []string   { return slices.Clone(eventNames) }

// String prints the kind and what is not zero.
func (v *eventValue) String() string {
	var b strings.Builder
	b.WriteString("<event " + v.e.Kind.String())
	for _, name := range eventNames[3:] {
		x, err := v.Attr(name)
		if err != nil || !x.Truth() || name == "port" && v.e.Port == 0 {
			continue
		}
		b.WriteString(" " + name + "=" + plainString(x))
	}
	return b.String() + ">"
}

// plainString is str of a small value.
func plainString(v starlark.Value) string {
	if s, ok := v.(starlark.String); ok {
		return string(s)
	}
	return v.String()
}

// Attr gives a field.
func (v *eventValue) Attr(name string) (starlark.Value, error) {
	e := &v.e
	switch name {
	case "kind":
		return starlark.String(e.Kind.String()), nil
	case "seq":
		return starlark.MakeUint64(e.Seq), nil
	case "at":
		return Duration(e.At.Sub(sim.Time(0))), nil
	case "sub":
		return starlark.MakeInt(int(e.Sub)), nil
	case "uid":
		return starlark.MakeInt64(int64(e.UID)), nil
	case "errno":
		if e.Errno == 0 {
			return starlark.None, nil
		}
		return Errno(e.Errno), nil
	case "reason":
		return starlark.String(e.Reason), nil
	case "rto":
		return Duration(e.RTO), nil
	case "backoff":
		return starlark.MakeInt(e.Backoff), nil
	case "lost":
		return starlark.MakeUint64(e.Lost), nil
	case "reset_reason":
		if !e.ResetGiven {
			return starlark.None, nil
		}
		return starlark.MakeInt(int(e.ResetReason)), nil
	}
	if x := v.flagOf(name); x != nil {
		return x, nil
	}
	return v.addressOf(name), nil
}

func (v *eventValue) flagOf(name string) starlark.Value {
	e := &v.e
	switch name {
	case "backup":
		return starlark.Bool(e.Backup)
	case "opener":
		return starlark.Bool(e.Opener)
	case "join":
		return starlark.Bool(e.Join)
	case "by_peer":
		return starlark.Bool(e.ByPeer)
	case "transient":
		return starlark.Bool(e.Transient)
	}
	return nil
}

func (v *eventValue) addressOf(name string) starlark.Value {
	e := &v.e
	switch name {
	case "local":
		return Address(e.Local)
	case "remote":
		return Address(e.Remote)
	case "local_port":
		return starlark.MakeInt(int(e.LocalPort))
	case "remote_port":
		return starlark.MakeInt(int(e.RemotePort))
	case "local_id":
		return starlark.MakeInt(int(e.LocalID))
	case "remote_id":
		return starlark.MakeInt(int(e.RemoteID))
	case "address":
		return Address(e.Address)
	case "address_id":
		return starlark.MakeInt(int(e.AddressID))
	case "port":
		return starlark.MakeInt(int(e.Port))
	case "interface":
		if tags := v.run.config.Labels; e.Interface >= 0 && e.Interface < len(tags) && v.hasInterface() {
			return starlark.String(tags[e.Interface].Name)
		}
		return starlark.None
	}
	return nil
}

// hasInterface tells whether the event is about a subflow or a local address.
func (v *eventValue) hasInterface() bool {
	switch v.e.Kind {
	case sockapi.EventLocalUp, sockapi.EventLocalDown:
		return true
	}
	return v.e.Local.IsValid()
}
