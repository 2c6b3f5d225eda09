package tcp

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestRecvBufferProperty compares the buffer with a plain array of octets, each of which names the content
// that came there first.
func TestRecvBufferProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const octets = 200
		type where struct {
			stream uint32
			pos    uint64
		}
		var have [octets]where
		var b RecvBuffer
		b.Init(0, 1000, 1000)
		next, read := 0, 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "step") == 0 {
				p := b.Read(int64(rapid.IntRange(1, 50).Draw(t, "read")))
				for i := range uint64(p.Len) {
					if w := (where{p.Stream, p.Pos + i}); have[read] != w {
						t.Fatalf("octet %d is %v, want %v", read, w, have[read])
					}
					read++
				}
				continue
			}
			at := rapid.IntRange(0, octets-1).Draw(t, "at")
			n := rapid.IntRange(1, min(40, octets-at)).Draw(t, "n")
			p := wire.Payload{Stream: uint32(rapid.IntRange(1, 2).Draw(t, "stream")), Len: uint32(n)}
			p.Pos = uint64(at + 1000*rapid.IntRange(0, 1).Draw(t, "shift"))
			want := int64(0)
			for i := at; i < at+n; i++ {
				if have[i].stream == 0 {
					have[i] = where{p.Stream, p.Pos + uint64(i-at)}
					want++
				}
			}
			if got := b.Insert(uint64(at), p); got != want {
				t.Fatalf("insert [%d,%d): %d new octets, want %d", at, at+n, got, want)
			}
			for next < octets && have[next].stream != 0 {
				next++
			}
			held := int64(0)
			for i := read; i < octets; i++ {
				if have[i].stream != 0 {
					held++
				}
			}
			if b.Next() != uint64(next) || b.Readable() != int64(next-read) || b.Held() != held ||
				b.OutOfOrder() != held-int64(next-read) || b.Window() != 1000-int64(next-read) {
				t.Fatalf("next %d readable %d held %d, want %d %d %d", b.Next(), b.Readable(), b.Held(), next,
					next-read, held)
			}
		}
	})
}

func TestRecvBufferAllocates(t *testing.T) {
	var b RecvBuffer
	b.Init(0, 1<<20, 1<<20)
	pos := uint64(0)
	step := func() { // two segments out of order, then the one before them
		b.Insert(pos+2000, wire.Payload{Stream: 1, Pos: pos + 2000, Len: 1000})
		b.Insert(pos+1000, wire.Payload{Stream: 1, Pos: pos + 1000, Len: 1000})
		b.Insert(pos, wire.Payload{Stream: 1, Pos: pos, Len: 1000})
		pos += 3000
		for b.Readable() > 0 {
			b.Read(700)
		}
	}
	step()
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations a step, want none", n)
	}
}

// TestAutotune: the buffer follows a sender that doubles its window each round trip and stays ahead of it; it
// does not grow for an application that reads slowly.
func TestAutotune(t *testing.T) {
	var b RecvBuffer
	b.Init(0, 64<<10, 16<<20)
	now, rtt := sim.Time(0), 50*unit.Millisecond
	pos := uint64(0)
	pull := func(n int64) {
		b.Insert(pos, wire.Payload{Stream: 1, Pos: pos, Len: uint32(n)})
		pos += uint64(n)
		b.Read(n)
		now = now.Add(rtt)
		b.Tune(now, rtt, 1448)
	}
	for window := int64(14480); window < 4<<20; window *= 2 {
		pull(window)
		if b.Size() < 2*window {
			t.Errorf("after a round of %d octets the buffer has %d, want twice as much", window, b.Size())
		}
	}
	size := b.Size()
	for range 20 {
		pull(100_000)
	}
	if b.Size() != size {
		t.Errorf("the buffer changed from %d to %d octets though less was read", size, b.Size())
	}
	for range 10 {
		pull(16 << 20)
	}
	if b.Size() != 16<<20 {
		t.Errorf("the buffer has %d octets, want its limit", b.Size())
	}
}

// TestDemuxProperty compares the hash table with a list.
func TestDemuxProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d demux
		var list []*Endpoint
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			lport := uint16(rapid.IntRange(1, 8).Draw(t, "lport"))
			rport := uint16(rapid.IntRange(1, 8).Draw(t, "rport"))
			local, remote := wire.Addr{Lo: 1}, wire.Addr{Lo: uint64(rapid.IntRange(1, 3).Draw(t, "remote"))}
			var want *Endpoint
			at := -1
			for i, e := range list {
				if e.lport == lport && e.rport == rport && e.remote == remote {
					want, at = e, i
				}
			}
			seg := wire.Segment{Src: remote, SrcPort: rport, Dst: local, DstPort: lport}
			for range 2 { // the second time it may be remembered
				if got := d.find(&seg); got != want {
					t.Fatalf("found %p, want %p", got, want)
				}
			}
			if want == nil {
				e := &Endpoint{local: local, lport: lport, remote: remote, rport: rport}
				e.hash = tupleHash(local, lport, remote, rport)
				d.insert(e)
				list = append(list, e)
			} else if rapid.Bool().Draw(t, "remove") {
				d.remove(want)
				list = append(list[:at], list[at+1:]...)
			}
		}
		if d.n != len(list) {
			t.Fatalf("%d entries, want %d", d.n, len(list))
		}
	})
}

// TestWindowKeepsItsEdge: a buffer made smaller does not take back what was promised.
func TestWindowKeepsItsEdge(t *testing.T) {
	c := link.Config{Delay: unit.Millisecond}
	n := newTestNet(t, 1, c, c, Config{}, Config{ReceiveBuffer: 50_000, ReceiveBufferMax: 50_000})
	a, b := n.connect(100_000, 0)
	b.noRead = true
	edge := uint32(0)
	n.b.sent = func(_ sim.Time, seg *wire.Segment) {
		right := seg.Ack - a.s.e.iss + uint32(seg.Window)<<a.s.e.snd.shift
		if seg.Flags&wire.SYN == 0 && right < edge {
			t.Errorf("right edge goes back from %d to %d", edge, right)
		}
		if seg.Flags&wire.SYN == 0 {
			edge = right
		}
	}
	n.run(3 * unit.Millisecond)
	b.s.RecvBuffer().SetSize(20_000)
	n.run(unit.Second)
	if edge < 50_000 || b.s.Readable() < 50_000 {
		t.Errorf("edge %d, readable %d: want the first promise, 50000", edge, b.s.Readable())
	}
}
