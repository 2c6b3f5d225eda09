package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sockapi"
)

var pollParams = params("poll", 1, "sockets", "timeout")

// pollNames are the events of poll(2).
var pollNames = []struct {
	name  string
	event sockapi.Events
}{
	{"in", sockapi.PollIn}, {"out", sockapi.PollOut}, {"pri", sockapi.PollPri}, {"err", sockapi.PollErr},
	{"hup", sockapi.PollHangup}, {"rdhup", sockapi.PollRdHup}, {"nval", sockapi.PollInvalid},
}

// poll waits until one of some sockets is ready: poll([(socket, "in|pri") ...], timeout=None). A socket alone stands
// for "in". It returns the list of those that are ready, as (socket, events); empty at the end of the timeout.
func poll(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	g, err := pollParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 1)
	if err != nil {
		return nil, err
	}
	seq, ok := g.v[0].(starlark.Sequence)
	if !ok {
		return nil, g.wrong(0, "a list of sockets")
	}
	if err := c.charge(t, 128*int64(seq.Len())); err != nil {
		return nil, err
	}
	sockets := make([]*Socket, 0, seq.Len())
	items := make([]sockapi.PollItem, 0, seq.Len())
	it := seq.Iterate()
	defer it.Done()
	for v := starlark.Value(nil); it.Next(&v); {
		s, want, err := pollItem(v)
		if err != nil {
			return nil, err
		}
		sockets = append(sockets, s)
		items = append(items, sockapi.PollItem{Socket: s.s, Want: want})
	}
	_, err = sockapi.PollAll(p, items, until)
	c.woken(t)
	if err != nil {
		return nil, failed("poll", err)
	}
	var ready []starlark.Value
	for i := range items {
		if items[i].Got != 0 {
			ready = append(ready, starlark.Tuple{sockets[i], starlark.String(pollText(items[i].Got))})
		}
	}
	return starlark.NewList(ready), nil
}

func pollItem(v starlark.Value) (*Socket, sockapi.Events, error) {
	if s, ok := v.(*Socket); ok {
		return s, sockapi.PollIn, nil
	}
	if pair, ok := v.(starlark.Tuple); ok && len(pair) == 2 {
		s, isSocket := pair[0].(*Socket)
		names, isText := pair[1].(starlark.String)
		if isSocket && isText {
			want, err := pollEvents(string(names))
			return s, want, err
		}
	}
	return nil, 0, fmt.Errorf(`want sockets, or pairs such as (socket, "in|pri"), got %s`, kindOf(v))
}

func pollEvents(names string) (sockapi.Events, error) {
	var want sockapi.Events
next:
	for name := range strings.SplitSeq(names, "|") {
		for _, n := range pollNames {
			if n.name == name {
				want |= n.event
				continue next
			}
		}
		return 0, fmt.Errorf("no event of poll is called %q: use in, out, pri, rdhup", name)
	}
	return want, nil
}

func pollText(got sockapi.Events) string {
	var all []string
	for _, n := range pollNames {
		if got&n.event != 0 {
			all = append(all, n.name)
		}
	}
	return strings.Join(all, "|")
}
