package middlebox

import (
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// mute takes packets and gives them back.
type mute struct{ net *link.Net }

func (m mute) Receive(_ sim.Time, p link.PacketID) { m.net.Free(p) }

// passing is a bench with boxes that only look, or change numbers, whose ends keep nothing. pass sends one
// data segment through it.
func passing(t tester) (pass func()) {
	b := newBench(t,
		Config{Do: Options{Set: wire.OptMPTCP, On: SYNSegments}}, Config{Do: ISN{}}, Config{Do: Holes{}},
		Config{Do: Acks{}},
		Config{Do: Window{Limit: 1 << 20}}, Config{Do: Firewall{Timeout: unit.Hour, Transitory: unit.Minute}},
		Config{Do: NAT{Public: boxAddr(), Timeout: unit.Hour, Transitory: unit.Minute}})
	b.open()
	quiet := b.net.AddRoute(b.links[:1], b.net.AddReceiver(mute{b.net}))
	pos := uint32(0)
	return func() {
		p, s := b.net.NewPacket()
		from, to := clientEnd(), serverEnd()
		s.Src, s.SrcPort, s.Dst, s.DstPort, s.TTL = from.addr, from.port, to.addr, to.port, 64
		s.Flags, s.Seq, s.Ack, s.Window = wire.ACK, 100+pos, 500, 1000
		s.Payload = wire.Payload{Stream: b.stream, Pos: uint64(pos), Len: 1000}
		pos += 1000
		b.net.Send(b.w.Now(), p, quiet, s.WireLen())
		b.w.Run(b.w.Now())
	}
}

func TestPassingDoesNotAllocate(t *testing.T) {
	pass := passing(t)
	for range 100 {
		pass()
	}
	if n := testing.AllocsPerRun(200, pass); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// BenchmarkSevenBoxes is one packet through a link with seven boxes.
func BenchmarkSevenBoxes(b *testing.B) {
	pass := passing(b)
	b.ReportAllocs()
	for range b.N {
		pass()
	}
}
