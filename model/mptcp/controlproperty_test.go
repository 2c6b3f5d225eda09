package mptcp

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// indexWatch checks the rule of path indices from the events that a connection tells: an index that a
// subflow gets is the first free one behind the one given last.
type indexWatch struct {
	t    testingT
	used map[uint8]uint32
	last int
	told map[uint32][]ConnEventKind
}

func watchIndices(t testingT, c *Conn) *indexWatch {
	w := &indexWatch{t: t, used: map[uint8]uint32{}, told: map[uint32][]ConnEventKind{}}
	c.EachAttached(func(i SubflowInfo) bool {
		w.used[i.Index] = i.ID
		w.last = max(w.last, int(i.Index))
		w.told[i.ID] = []ConnEventKind{EventSubflowTried}
		return true
	})
	c.SetListener(w.take)
	return w
}

func (w *indexWatch) take(now sim.Time, e ConnEvent) {
	switch e.Kind {
	case EventSubflowTried:
		want := w.last
		for {
			want = want%31 + 1
			if _, taken := w.used[uint8(want)]; !taken {
				break
			}
		}
		if int(e.Index) != want {
			w.t.Fatalf("%v: subflow %d has index %d, want %d", now, e.Subflow, e.Index, want)
		}
		w.used[e.Index], w.last = e.Subflow, want
	case EventSubflowClosed:
		if id, ok := w.used[e.Index]; !ok || id != e.Subflow {
			w.t.Fatalf("%v: subflow %d closes with index %d, which is subflow %d's", now, e.Subflow, e.Index, id)
		}
		if e.Cause == CauseNone || e.Reason == "" {
			w.t.Fatalf("%v: subflow %d closes without cause", now, e.Subflow)
		}
		delete(w.used, e.Index)
	case EventSubflowCreated, EventPriority, EventTimeout:
	default:
		return
	}
	list := w.told[e.Subflow]
	if len(list) > 0 && list[len(list)-1] == EventSubflowClosed || len(list) == 0 != (e.Kind == EventSubflowTried) ||
		e.Kind == EventSubflowCreated && slices.Contains(list, EventSubflowCreated) {
		w.t.Fatalf("%v: subflow %d: %v after %v", now, e.Subflow, e.Kind, list)
	}
	w.told[e.Subflow] = append(list, e.Kind)
}

// check compares what was told with what the connection shows.
func (w *indexWatch) check(c *Conn) {
	n := 0
	c.EachAttached(func(i SubflowInfo) bool {
		n++
		if id, ok := w.used[i.Index]; !ok || id != i.ID {
			w.t.Fatalf("subflow %d with index %d is attached, told was %v", i.ID, i.Index, w.used)
		}
		if id, ok := c.SubflowAt(i.Index); !ok || id != i.ID {
			w.t.Fatalf("index %d is subflow %d, want %d", i.Index, id, i.ID)
		}
		return true
	})
	if n != len(w.used) {
		w.t.Fatalf("%d subflows attached, told was %v", n, w.used)
	}
}

// TestControlledAtRandom opens, closes and prioritises subflows from both ends at random while data flows
// both ways over bad paths: every octet arrives once and in order, and indices and events obey their rules.
func TestControlledAtRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := netConfig{seed: rapid.Uint64Range(1, 1<<40).Draw(t, "seed")}
		for range rapid.IntRange(2, 3).Draw(t, "paths") {
			p := drawPath(t)
			p.loss.Num = min(p.loss.Num, 5) // a connection over one path must survive
			c.paths = append(c.paths, p)
		}
		both := Config{PathManager: "none", MaxSubflows: 40, CloseTimeout: 4 * 3600 * unit.Second,
			Profile: rapid.SampledFrom([]string{"linux", "rfc"}).Draw(t, "profile"), Policy: PathPolicy{JoinAnyPort: tcp.On}}
		if rapid.Bool().Draw(t, "upstream rule for losses") {
			both.PotentiallyFailed = tcp.Off
		}
		c.client, c.server = both, both
		n, _, _ := newNet(t, c)
		up, down := rapid.Int64Range(2000, 600_000).Draw(t, "up"), rapid.Int64Range(2000, 600_000).Draw(t, "down")
		check := n.check()
		client, server := n.connect(up, down)
		client.keepOpen, server.keepOpen = true, true
		check.client, check.server = client, server
		k := &controlled{testNet: n, client: client, server: server, c: client.s.(*Conn)}
		for range 100 {
			if n.run(unit.Second); server.s != nil && k.c.sawDSS && server.s.(*Conn).sawDSS {
				break
			}
		}
		k.s, _ = server.s.(*Conn)
		if k.s == nil || k.c.plain || k.s.plain || !k.c.sawDSS || !k.s.sawDSS {
			return // lost too much
		}
		watches := []*indexWatch{watchIndices(t, k.c), watchIndices(t, k.s)}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			n.run(unit.Duration(rapid.SampledFrom([]int{0, 1, 20, 300}).Draw(t, "pause")) * unit.Millisecond)
			k.step(t)
			watches[0].check(k.c)
			watches[1].check(k.s)
		}
		for range 4000 {
			k.revive(t)
			if n.run(10 * unit.Second); int64(server.read) == up && int64(client.read) == down {
				break
			}
		}
		if int64(server.read) != up || int64(client.read) != down {
			dump(t, k.c)
			dump(t, k.s)
			t.Fatalf("server read %d of %d, client %d of %d; errors %v, %v", server.read, up, client.read, down,
				client.err, server.err)
		}
		watches[0].check(k.c)
		watches[1].check(k.s)
	})
}

// revive opens a subflow at an end that has none: after a silent close the other one need not know.
func (k *controlled) revive(t *rapid.T) {
	for _, c := range []*Conn{k.c, k.s} {
		if c.Attached() > 0 || c.plain {
			continue
		}
		r := SubflowRequest{Remote: k.address(0), Interface: -1}
		if c == k.c {
			r = SubflowRequest{Local: k.address(0), Interface: -1}
		}
		if _, err := c.OpenSubflow(k.w.Now(), r); err != nil && !errors.Is(err, ErrNotReady) {
			dump(t, k.c)
			dump(t, k.s)
			t.Fatalf("%v: %v; errors %v, %v", k.w.Now(), err, k.c.Err(), k.s.Err())
		}
	}
}

// step is one command of a random end.
func (k *controlled) step(t *rapid.T) {
	now := k.w.Now()
	c := k.c
	if rapid.Bool().Draw(t, "at the server") {
		c = k.s
	}
	var ids []uint32
	c.EachAttached(func(i SubflowInfo) bool { ids = append(ids, i.ID); return true })
	kind := rapid.SampledFrom([]string{"open", "open", "close", "priority"}).Draw(t, "kind")
	if kind == "open" || len(ids) == 0 {
		r := SubflowRequest{Interface: -1, Backup: rapid.Bool().Draw(t, "backup")}
		i := rapid.IntRange(0, len(k.up)-1).Draw(t, "address")
		if c == k.c {
			r.Local = k.address(i)
		} else {
			r.Remote = k.address(i)
		}
		_, err := c.OpenSubflow(now, r)
		if err != nil && !errors.Is(err, ErrNotReady) && !errors.Is(err, ErrNoIndex) {
			t.Fatalf("open: %v", err)
		}
		return
	}
	id := ids[rapid.IntRange(0, len(ids)-1).Draw(t, "subflow")]
	var err error
	if kind == "close" {
		err = c.CloseSubflow(now, id, CloseHow(rapid.IntRange(0, 4).Draw(t, "how")))
	} else {
		err = c.PrioritiseSubflow(now, id, rapid.Bool().Draw(t, "backup"))
	}
	if err != nil && !errors.Is(err, ErrUnknownSubflow) {
		t.Fatalf("%s: %v", kind, err)
	}
}
