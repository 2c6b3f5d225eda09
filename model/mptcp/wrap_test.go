package mptcp

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// wrapIDSNs are initial numbers so that a stream's octet 1000 or 1001 is at a wrap of 32 or of 64 bits.
func wrapIDSNs() []uint64 {
	return []uint64{1<<32 - 1000, 7<<32 - 1001, 1<<64 - 1000, 1<<64 - 1001, 1<<63 - 1000, 1<<31 - 1000, 0, 1<<64 - 1}
}

// renumber gives both directions another IDSN, before any data is sent.
func (r *rawPeer) renumber(local, remote uint64) {
	r.c.localIDSN, r.c.remoteIDSN, r.idsn = local, remote, remote
}

// TestWrapReceived: numbers of either length around a wrap, in any order, find their places; none is taken for one
// before or after the wrap (section 3.3.1).
func TestWrapReceived(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		idsn := rapid.SampledFrom(wrapIDSNs()).Draw(t, "IDSN")
		r := newRawPeer(t, Config{Profile: "rfc", PathManager: "none", Checksum: tcp.Off}, tcp.Config{Timestamps: tcp.Off})
		r.do("open")
		r.renumber(idsn, idsn)
		r.app.peer = func() uint32 { return r.stream }
		r.settle = unit.Millisecond
		pieces := rapid.Permutation(numbersTo(20)).Draw(t, "order")
		for i, at := range pieces {
			length := rapid.SampledFrom([]string{"dsn4", "dsn8"}).Draw(t, "length")
			r.do(fmt.Sprintf("peer . %d(100) %s %d", 1+100*i, length, 1+100*at))
		}
		r.n.run(unit.Second)
		if r.app.read != 2000 || r.app.misplaced || r.c.stats.outOfWindow != 0 {
			t.Fatalf("read %d, misplaced %v, out of window %d", r.app.read, r.app.misplaced, r.c.stats.outOfWindow)
		}
	})
}

func numbersTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// TestWrapSent: what the stack sends around a wrap has the right numbers in either length, and DATA_ACKs of either
// length are understood.
func TestWrapSent(t *testing.T) {
	for _, idsn := range wrapIDSNs() {
		for _, short := range []tcp.Switch{tcp.Off, tcp.On} {
			for _, ack := range []string{"dack4", "dack8"} {
				c := Config{Profile: "rfc", PathManager: "none", Checksum: tcp.Off}
				c.Data.ShortDSN = short
				r := newRawPeer(t, c, tcp.Config{Timestamps: tcp.Off})
				r.do("open\npeer . 1(1) dsn8 1 dack8 1")
				r.renumber(idsn, idsn)
				dsn := "dsn8"
				if short == tcp.On {
					dsn = "dsn4"
				}
				for i := range 10 {
					at := 1 + 300*i
					got := r.do(fmt.Sprintf("app write 300\npeer . 2(0) ack %d %s %d", at+300, ack, at+300))
					if want := fmt.Sprintf("%s %d ssn %d dll 300", dsn, at, at); !strings.Contains(got, want) {
						t.Fatalf("IDSN %x: got %s want %s", idsn, got, want)
					}
					if int(r.c.snd.Una()) != at+300-1 {
						t.Fatalf("IDSN %x, %s: una %d after %d", idsn, ack, r.c.snd.Una(), at+300-1)
					}
				}
			}
		}
	}
}

// TestShortUntilFast: two ends that send 4-octet DSNs as long as 32 bits cannot wrap within the maximum segment lifetime:
// on slow paths to the end, on fast ones until the windows have grown; the 8-octet option then replaces them on all
// segments, and the stream stays whole (section 3.3.1).
func TestShortUntilFast(t *testing.T) {
	for _, fast := range []bool{false, true} {
		c := one()
		c.client.PathManager = "fullmesh"
		c.client.Data.ShortDSN, c.server.Data.ShortDSN = tcp.On, tcp.On
		if fast {
			for i := range c.paths {
				c.paths[i].rate = 1000 * unit.MbitPerSecond
			}
			c.client.Data.MSL = 120 * unit.Second
		}
		n, _, _ := newNet(t, c)
		short, long, last := 0, 0, 0
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
			if up && g.Opts&wire.OptDSS != 0 && g.DSS.Flags&wire.DSSMap != 0 {
				if last = 8; g.DSS.Flags&wire.DSSMap8 == 0 {
					last = 4
					short++
					if long > 10 {
						t.Fatalf("back to short numbers after %d long ones", long)
					}
				} else {
					long++
				}
			}
		})
		k := n.check()
		client, server := n.connect(40_000_000, 0)
		k.client, k.server = client, server
		n.run(100 * unit.Second)
		if server.read != 40_000_000 || !server.eof || short == 0 || (last == 8) != fast {
			t.Errorf("fast %v: read %d, %d short, %d long, last %d", fast, server.read, short, long, last)
		}
	}
}

// TestSparse: data without DSS where the last one says it all, over lossy paths: nothing is lost and nobody falls back
// (sections 3.3.2 and 3.7).
func TestSparse(t *testing.T) {
	for seed := range uint64(6) {
		c := one()
		c.seed = seed
		c.client.PathManager = "fullmesh"
		for i := range c.paths {
			c.paths[i].loss = unit.Ratio{Num: 1, Den: 100}
		}
		c.client.Data.SparseDSS, c.server.Data.SparseDSS = tcp.On, tcp.On
		n, _, _ := newNet(t, c)
		bare, data := 0, 0
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
			if g.Payload.Len > 0 && g.Flags&wire.SYN == 0 {
				data++
				if g.Opts&mptcpOptions == 0 || g.DSS.Flags&wire.DSSAck == 0 {
					bare++
				}
			}
		})
		client, server := n.connect(1_000_000, 1_000_000)
		n.run(100 * unit.Second)
		a, b := n.conns(client, server)
		if server.read != 1_000_000 || client.read != 1_000_000 || a.Fallback() || b.Fallback() || 20*bare < data {
			t.Errorf("seed %d: read %d and %d, %d of %d segments with less", seed, server.read, client.read, bare, data)
		}
	}
}
