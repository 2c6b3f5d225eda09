package pm

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/wire"
)

// spreadConn is a connection between hosts with so many addresses, and the pairs in diagonal order.
func spreadConn(locals, remotes int) (c *fakeConn, pairs []AddrPair) {
	c = &fakeConn{client: true}
	at := func(host, i int) wire.Addr { return wire.Addr{Lo: 0xffff_0a000000 + uint64(host<<8+i+1)} }
	for i := range locals {
		c.locals = append(c.locals, Local{ID: uint8(i), Addr: at(0, i), Up: true})
	}
	c.remotes = []Remote{{Addr: at(1, 0), Port: 80}}
	for s := range remotes {
		for i := range locals {
			pairs = append(pairs, AddrPair{at(0, i), at(1, (i+s)%remotes)})
		}
	}
	c.add(c.locals[0], c.remotes[0], false).Established = true
	return c, pairs
}

// perPair counts the subflows over each pair.
func perPair(c *fakeConn, pairs []AddrPair) []int {
	counts := make([]int, len(pairs))
	for _, s := range c.subflows {
		for p := range pairs {
			if (AddrPair{s.Local, s.Remote}) == pairs[p] {
				counts[p]++
			}
		}
	}
	return counts
}

// Each pair has as many subflows as any other, or one more if it comes earlier in the order; all that were
// asked for are opened, at once; what happens later opens no more.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, pairs := spreadConn(rapid.IntRange(1, 4).Draw(t, "locals"), rapid.IntRange(1, 4).Draw(t, "remotes"))
		n := rapid.IntRange(1, 40).Draw(t, "subflows")
		m := Spread(pairs, n)
		c.deliver(m, Event{Kind: Created})
		c.deliver(m, Event{Kind: Established})
		for i := range c.subflows {
			c.subflows[i].Established = true
			c.deliver(m, Event{Kind: SubflowEstablished, Subflow: c.subflows[i]})
		}
		counts := perPair(c, pairs)
		for p, got := range counts {
			want := n / len(pairs)
			if p < n%len(pairs) {
				want++
			}
			if got != want {
				t.Fatalf("%d subflows over %d pairs: %v", n, len(pairs), counts)
			}
		}
		if len(c.subflows) != n {
			t.Fatalf("%d subflows, want %d", len(c.subflows), n)
		}
	})
}

// An interface that goes down takes its subflows with it; when it comes back they come back.
func TestSpreadHandover(t *testing.T) {
	c, pairs := spreadConn(2, 2)
	m := Spread(pairs, 4)
	c.deliver(m, Event{Kind: Established})
	for i := range c.subflows {
		c.subflows[i].Established = true
		c.deliver(m, Event{Kind: SubflowEstablished, Subflow: c.subflows[i]})
	}
	c.locals[1].Up = false
	c.deliver(m, Event{Kind: LocalDown, Local: c.locals[1]})
	kept := c.subflows[:0]
	gone := []Subflow{}
	for _, s := range c.subflows {
		if s.LocalID == 1 {
			gone = append(gone, s)
		} else {
			kept = append(kept, s)
		}
	}
	c.subflows = kept
	for _, s := range gone {
		c.deliver(m, Event{Kind: SubflowClosed, Subflow: s})
	}
	if got := perPair(c, pairs); len(gone) != 2 || got[1]+got[3] != 0 || got[0] != 1 || got[2] != 1 {
		t.Errorf("with one interface: %v", got)
	}
	c.locals[1].Up = true
	c.deliver(m, Event{Kind: LocalUp, Local: c.locals[1]})
	if got := perPair(c, pairs); got[0] != 1 || got[1] != 1 || got[2] != 1 || got[3] != 1 {
		t.Errorf("with both interfaces again: %v", got)
	}
}

// The peer opens nothing, whatever it is given.
func TestSpreadOfServer(t *testing.T) {
	c, pairs := spreadConn(2, 2)
	c.client = false
	m := Spread(pairs, 4)
	c.deliver(m, Event{Kind: Established})
	if len(c.subflows) != 1 {
		t.Errorf("%d subflows", len(c.subflows))
	}
}
