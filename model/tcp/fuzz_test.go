package tcp

import (
	"encoding/binary"
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// FuzzInput throws segments at an endpoint between those of an honest transfer in both directions.
// Nothing may panic, and what each side reads has to be what the other wrote, as far as it goes: forged
// data is told from honest by its content stream, and has none here.
func FuzzInput(f *testing.F) {
	f.Add([]byte("\x00\x10\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"))
	f.Add([]byte("\x02\x04\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x01\x02\xff\xff\xff\xff\x00\x05\xff\xff\xff\xff"))
	f.Add([]byte("\x01\x11\x00\x00\x00\x00\x7f\x05\x7f\xff\xff\xff\x00\x30\x80\x00\x00\x00\x00\x05\x80\x00\x00\x00"))
	f.Add([]byte("\x04\xd0\x00\x00\x10\x00\x00\x05\x00\x00\x10\x00\x03\x51\x00\x00\x00\x10\x00\x05\x00\x00\x00\x10"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 12*64 {
			return
		}
		c := link.Config{Rate: 2_000_000, Delay: 5 * unit.Millisecond, Queue: link.Queue{Packets: 20}}
		n := newTestNet(t, 1, c, c, Config{}, Config{ReceiveBuffer: 8000})
		segments := 0
		n.a.sent = func(sim.Time, *wire.Segment) {
			if segments++; segments > 20_000 {
				panic("the ends answer each other for ever")
			}
		}
		a, p := n.connect(60_000, 20_000)
		for ; len(b) >= 12; b = b[12:] {
			n.run(unit.Duration(b[0]) * unit.Millisecond / 4)
			n.forge(b[:12])
		}
		n.run(2 * unit.Hour)
		if a.read > 20_000 || p.read > 60_000 {
			t.Fatalf("read %d of 20000 and %d of 60000 octets", a.read, p.read)
		}
		if a.err == nil && p.err == nil && p.s != nil && (a.read != 20_000 || p.read != 60_000) {
			t.Fatalf("read %d of 20000 and %d of 60000 octets without an error\n%+v\n%+v", a.read, p.read,
				info(a.s), info(p.s))
		}
	})
}

// forge delivers a segment without data that twelve octets describe, to one of the ends.
func (n *testNet) forge(b []byte) {
	to, from, s := n.a, n.b, n.sa
	if b[0]&1 != 0 {
		to, from, s = n.b, n.a, n.sb
	}
	var e *Endpoint
	s.EachEndpoint(func(x *Endpoint) bool { e = x; return false })
	if e == nil {
		return
	}
	p, seg := n.net.NewPacket()
	_, sport := e.Remote()
	_, dport := e.Local()
	seg.Src, seg.Dst, seg.SrcPort, seg.DstPort, seg.TTL = from.addr, to.addr, sport, dport, 64
	seg.Flags = wire.Flags(b[1])
	seg.Seq = e.irs + uint32(e.rcv.nxt) + binary.BigEndian.Uint32(b[2:])
	seg.Ack = e.iss + uint32(e.snd.una) + binary.BigEndian.Uint32(b[8:])
	seg.Window = binary.BigEndian.Uint16(b[2:])
	if b[7]&1 != 0 {
		seg.Opts |= wire.OptTimestamps
		seg.TSVal, seg.TSEcr = e.ts.recent+uint32(b[6]), e.ts.offset
	}
	if b[7]&2 != 0 {
		seg.Opts |= wire.OptSACK
		seg.SACKN = 1 + b[6]&3
		for i := range seg.SACK {
			left := seg.Ack + uint32(b[3+i])*256
			seg.SACK[i] = wire.Block{Left: left, Right: left + uint32(b[4+i])*512}
		}
	}
	if b[7]&4 != 0 {
		seg.TOS |= 3
	}
	to.handler(n.w.Now(), p, 0)
}
