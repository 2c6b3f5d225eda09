package mptcp

import (
	"slices"
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// again sends a copy of a segment's first octets, from skip on, past the taps.
func (h *tapped) again(now sim.Time, seg *wire.Segment, skip, n uint32) {
	id, to := h.n.net.NewPacket()
	*to = *seg
	to.Seq += skip
	if seg.Payload.Len > 0 {
		to.Payload = seg.Payload.Slice(skip, skip+n)
	}
	if skip+n < seg.Payload.Len {
		to.Flags &^= wire.FIN
	}
	h.Host.Send(now, id, must(h.Path(seg.Src, seg.Dst, seg.SrcPort, seg.DstPort)), to.WireLen())
}

// coalescer joins a data segment with the one before it if it continues it.
type coalescer struct {
	held wire.Segment
	full bool
}

func (c *coalescer) box(h *tapped) func(now sim.Time, seg *wire.Segment) bool {
	return func(now sim.Time, seg *wire.Segment) bool {
		if c.full {
			p := &c.held
			c.full = false
			if p.SrcPort == seg.SrcPort && p.Src == seg.Src && p.Seq+p.Payload.Len == seg.Seq && seg.Payload.Len > 0 &&
				p.Payload.Pos+uint64(p.Payload.Len) == seg.Payload.Pos {
				p.Payload.Len += seg.Payload.Len
				p.Ack, p.Flags = seg.Ack, p.Flags|seg.Flags
				h.again(now, p, 0, p.Payload.Len)
				return true
			}
			h.again(now, p, 0, p.Payload.Len)
		}
		if seg.Payload.Len > 0 && seg.Flags&(wire.SYN|wire.FIN) == 0 {
			c.held, c.full = *seg, true
			return true
		}
		return false
	}
}

// TestBoxesOnPath: segments are split with their options on both parts, doubled, joined, or lose their
// options: the streams arrive, over MPTCP or over TCP (RFC 8684 section 1.1).
func TestBoxesOnPath(t *testing.T) {
	for _, name := range []string{"split", "double", "join", "strip from data", "strip all", "strip from SYN"} {
		for _, sum := range []tcp.Switch{tcp.Off, tcp.On} {
			c := netConfig{seed: 7, paths: twoPaths()}
			c.client.Checksum = sum
			n, ch, sh := newNet(t, c)
			for _, h := range []*tapped{ch, sh} {
				joined := &coalescer{}
				h.drop = func(now sim.Time, s *wire.Segment) bool {
					switch name {
					case "split":
						if half := s.Payload.Len / 2; half > 0 {
							h.again(now, s, 0, half)
							h.again(now, s, half, s.Payload.Len-half)
							return true
						}
					case "double":
						h.again(now, s, 0, s.Payload.Len)
					case "join":
						return joined.box(h)(now, s)
					case "strip from data":
						if s.Payload.Len > 0 {
							s.Opts &^= wire.OptMPTCP
						}
					case "strip all":
						s.Opts &^= wire.OptMPTCP
					case "strip from SYN":
						if s.Flags&wire.SYN != 0 {
							s.Opts &^= wire.OptMPTCP
						}
					}
					return false
				}
			}
			client, server := n.connect(400_000, 400_000)
			n.run(120 * unit.Second)
			if client.read != 400_000 || server.read != 400_000 {
				t.Errorf("%s, checksum %v: read %d and %d", name, sum, client.read, server.read)
			}
		}
	}
}

// TestOneSocket: three subflows, two of them over one pair of addresses by their ports, are one socket with
// one stream; the initial sequence numbers differ and are the same for the same seed (sections 1.1, 1.3 and
// 3).
func TestOneSocket(t *testing.T) {
	var first []uint32
	for run := range 2 {
		c := netConfig{seed: 5, paths: twoPaths()}
		c.client.PathManager, c.client.Paths.PerPair = "fullmesh", 2
		n, _, _ := newNet(t, c)
		var isns []uint32
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
			if s.Flags&wire.SYN != 0 && !slices.Contains(isns, s.Seq) {
				isns = append(isns, s.Seq)
			}
		})
		client, server := n.connect(2_000_000, 0)
		n.run(2 * unit.Second)
		a, b := n.conns(client, server)
		used := 0
		tuples := map[[2]uint16]bool{}
		a.EachSubflow(func(i SubflowInfo) bool {
			if i.BytesNew > 0 {
				used++
			}
			return true
		})
		for _, sf := range a.subs {
			tuples[[2]uint16{sf.lport, sf.rport}] = true
		}
		n.run(20 * unit.Second)
		if used < 3 || len(tuples) < 3 || server.read != 2_000_000 || len(n.ss.tokens.conns) > 1 ||
			b.Info().SubflowsTotal < 3 {
			t.Errorf("%d subflows carried data, read %d", used, server.read)
		}
		if len(isns) != 2*len(a.subs) {
			t.Errorf("%d initial numbers for %d subflows", len(isns), len(a.subs))
		}
		if run == 0 {
			first = isns
		} else if !slices.Equal(first, isns) {
			t.Error("another run has other numbers")
		}
	}
}

// TestSameEvents: an application sees of MPTCP what it sees of TCP: the order of what becomes ready, and the
// octets (section 1.4).
func TestSameEvents(t *testing.T) {
	var seen [2][]tcp.Ready // bits as they become set for the first time
	for i := range 2 {
		c := one()
		c.plainClient, c.plainServer = i == 0, i == 0
		n, _, _ := newNet(t, c)
		client, server := n.connect(0, 1000)
		client.keepOpen = true
		client.s.SetNotify(func(now sim.Time, r tcp.Ready) {
			for _, before := range seen[i] {
				r &^= before
			}
			if r != 0 {
				seen[i] = append(seen[i], r)
			}
			client.notify(now, r)
		})
		n.run(200 * unit.Millisecond)
		client.left, client.keepOpen = 500, false
		client.notify(n.w.Now(), 0)
		n.run(unit.Second)
		if client.read != 1000 || server.read != 500 || !client.eof || !server.eof {
			t.Errorf("read %d and %d", client.read, server.read)
		}
	}
	if !slices.Equal(seen[0], seen[1]) {
		t.Errorf("over TCP %v, over MPTCP %v", seen[0], seen[1])
	}
}

// TestUnknownOptions: a data segment with an unassigned subtype, an experiment and a TCP option of unknown
// kind beside its DSS is taken like any other (section 3).
func TestUnknownOptions(t *testing.T) {
	for _, option := range [][]byte{{30, 4, 0xf0, 1}, {30, 3, 0x90}, {253, 4, 1, 2}} {
		p := newProber(t, one())
		_, iss := p.open(1)
		seg := wire.Segment{Flags: wire.ACK, Seq: probeISS + 1, Ack: iss + 1, Opts: wire.OptDSS}
		seg.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: wire.IDSN(probeKey, 1) + 1, SSN: 1, Len: 100}
		seg.Payload = octets(p.n.net.Contents().New(), 0, 100)
		if !seg.SetOther(option) {
			t.Fatal("not an unknown option")
		}
		p.send(0, seg)
		if p.app.read != 100 || p.dataAck() != 100 || p.c.Fallback() {
			t.Errorf("%x: read %d, DATA_ACK %d", option, p.app.read, p.dataAck())
		}
	}
}

// TestSignalsAnywhere: a signal is taken from a data segment as from an ACK (section 3).
func TestSignalsAnywhere(t *testing.T) {
	for _, data := range []uint32{0, 50} {
		p := newProber(t, one())
		key, iss := p.open(1)
		p.join(5000, key, 1)
		seg := wire.Segment{Flags: wire.ACK, Seq: probeISS + 1, Ack: iss + 1, Opts: wire.OptDSS | wire.OptPrio}
		seg.DSS = wire.DSS{Flags: wire.DSSAck | wire.DSSAck8, DataAck: wire.IDSN(key, 1) + 1}
		seg.Prio.Backup = true
		stream := p.n.net.Contents().New()
		add := func(at uint64) {
			if data > 0 {
				seg.Seq = probeISS + 1 + uint32(at)
				seg.DSS.Flags |= wire.DSSMap | wire.DSSMap8
				seg.DSS.DSN, seg.DSS.SSN, seg.DSS.Len = wire.IDSN(probeKey, 1)+1+at, 1+uint32(at), uint16(data)
				seg.Payload = octets(stream, at, data)
			}
		}
		add(0)
		p.send(0, seg)
		if !p.c.subs[0].backupIn || p.c.subs[1].backupIn {
			t.Errorf("%d octets: MP_PRIO not taken", data)
		}
		add(uint64(data))
		seg.Opts = seg.Opts&^wire.OptPrio | wire.OptRemoveAddr
		seg.RemoveAddr = wire.RemoveAddr{N: 1}
		seg.RemoveAddr.IDs[0] = 7
		p.send(0, seg)
		if p.c.subs[1].state == subflowEstablished {
			t.Errorf("%d octets: REMOVE_ADDR not taken", data)
		}
	}
}

// TestJoinsDemultiplexed: joins to one port reach the connection that their token names, and data that of its
// 5-tuple (section 3.2).
func TestJoinsDemultiplexed(t *testing.T) {
	c := one()
	n, _, _ := newNet(t, c)
	var servers []*Conn
	must(0, n.ss.Listen(wire.Addr{}, serverPort, func(_ sim.Time, c *Conn) { servers = append(servers, c) }))
	var clients []*Conn
	for range 20 {
		a := must(n.cs.Dial(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[0], serverPort))
		a.Queue(n.w.Now(), 10)
		clients = append(clients, a)
	}
	n.run(unit.Second)
	for _, a := range clients {
		must(0, a.join(n.w.Now(), localOf(a, n.client.Addrs()[1]), remoteOf(a), false))
	}
	n.run(unit.Second)
	for i, a := range clients {
		peer := servers[slices.IndexFunc(servers, func(s *Conn) bool { return s.localKey == a.remoteKey })]
		a.subs[0].e.Abort(n.w.Now()) // what follows goes over the second
		a.Queue(n.w.Now(), int64(1000+i))
		n.run(500 * unit.Millisecond)
		if got := peer.rcv.Next(); got != uint64(1010+i) || peer.Info().SubflowsTotal != 2 {
			t.Errorf("connection %d: %d octets, %d subflows", i, got, peer.Info().SubflowsTotal)
		}
	}
}

// TestBackupFlags: each side's B flag speaks for what it receives (section 3.2).
func TestBackupFlags(t *testing.T) {
	c := netConfig{seed: 1, paths: twoPaths(), backup: 1}
	c.client.Policy.OneWayPriority, c.server.Policy.OneWayPriority = tcp.On, tcp.On
	c.client.Policy.JoinAnyPort = tcp.On
	n, _, _ := newNet(t, c)
	client, server := n.connect(3_000_000, 3_000_000)
	n.run(2 * unit.Second)
	a, b := n.conns(client, server)
	if x, y := a.subs[1], b.subs[1]; !x.backupOut || x.backupIn || !y.backupIn || y.backupOut {
		t.Fatalf("flags %v %v %v %v", x.backupOut, x.backupIn, y.backupIn, y.backupOut)
	}
	if a.subs[1].stats.sentNew == 0 || b.subs[1].stats.sentNew != 0 {
		t.Errorf("the one who asked has sent %d octets, the one asked %d", a.subs[1].stats.sentNew,
			b.subs[1].stats.sentNew)
	}
	// The acceptor of a join speaks for its own address, too.
	to := pm.Remote{Addr: n.client.Addrs()[1], Port: a.lport0}
	must(0, b.join(n.w.Now(), localOf(b, n.server.Addrs()[0]), to, false))
	n.run(unit.Second)
	if x, y := b.subs[2], a.subs[2]; !y.backupOut || y.backupIn || !x.backupIn || x.backupOut {
		t.Errorf("join to a backup address: flags %v %v %v %v", x.backupOut, x.backupIn, y.backupOut, y.backupIn)
	}
}
