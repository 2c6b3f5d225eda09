package middlebox

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// kinds returns one box of each kind, with values that let all of them act.
func kinds() []Kind {
	half := unit.Ratio{Num: 1, Den: 2}
	ear, heard := NewEar()
	attacker := Attacker{Addr: boxAddr(), Heard: heard, Start: sim.Time(unit.Millisecond),
		Interval: unit.Millisecond, Count: 20}
	return []Kind{
		Options{Set: wire.OptMPTCP}, Options{Set: wire.OptDSS, How: EndOfList, Every: 2}, Options{Set: Unknown,
			How: DropSegment},
		NAT{Public: boxAddr(), Timeout: unit.Hour, Transitory: unit.Minute, ResetOutsider: true},
		Firewall{Timeout: unit.Hour, Transitory: unit.Minute, Strict: true, ResetOutsider: true},
		Firewall{InsideSecond: true, Timeout: unit.Second, Transitory: unit.Millisecond},
		ISN{}, ISN{KeepSACK: true}, Split{Size: 30}, Split{Size: 1, FirstOnly: true}, Coalesce{Size: 200,
			Wait: unit.Millisecond},
		Rewrite{At: 20, Remove: 3, Replace: []byte("longer")}, Rewrite{Find: []byte{'a'}, FixChecksum: true},
		Holes{}, Holes{Hold: true}, Acks{}, Acks{Drop: true}, Window{Limit: 500},
		Proxy{Buffer: 4000}, Proxy{Buffer: 4000, MPTCP: KeptOptions}, Reset{After: 50, ToFirst: true,
			ToSecond: true},
		Corrupt{Ratio: half}, Corrupt{What: CorruptDSN, Ratio: half}, Corrupt{What: CorruptChecksum, Ratio: half},
		Duplicate{Ratio: half}, Inject{Knows: KnowsAll, Count: 3}, Inject{Count: 3},
		ear, JoinGuess{Attacker: attacker, Knows: KnowsAll}, JoinReplay{Attacker: attacker},
		JoinFlood{Attacker: attacker},
		Hijack{Attacker: attacker, ResetOther: true},
	}
}

// anySegment draws a segment of one of two connections, near the numbers that they use.
func anySegment(r *rapid.T, b *bench) (d Direction, s wire.Segment) {
	d = Direction(rapid.IntRange(0, 1).Draw(r, "direction"))
	flags := []wire.Flags{
		wire.ACK, wire.ACK, wire.ACK, wire.ACK, wire.SYN, wire.SYN | wire.ACK, wire.ACK | wire.FIN, wire.RST,
		wire.RST | wire.ACK, 0,
		wire.ACK | wire.PSH, wire.SYN | wire.FIN,
	}
	s = wire.Segment{
		Flags: rapid.SampledFrom(flags).Draw(r, "flags"), Seq: 100, Ack: 500,
		Window: uint16(rapid.SampledFrom([]int{0, 10, 1000, 65535}).Draw(r, "window")),
		Opts: rapid.SampledFrom([]wire.Options{0, 0, wire.OptDSS, wire.OptTimestamps | wire.OptDSS,
			wire.OptSACK, wire.OptCapable, wire.OptJoin, wire.OptDSS | wire.OptAddAddr}).Draw(r, "options"),
		SACKN: 1,
	}
	if d == Backward {
		s.Seq, s.Ack = s.Ack, s.Seq
		if rapid.Bool().Draw(r, "to the box") {
			s.Src, s.SrcPort, s.Dst, s.DstPort = serverEnd().addr, 80, boxAddr(), 1111
		}
	}
	s.Seq += uint32(rapid.IntRange(-3, 60).Draw(r, "seq")) * 10
	s.Ack += uint32(rapid.IntRange(-3, 60).Draw(r, "ack")) * 10
	if s.Flags.Has(wire.SYN) {
		s.Seq = map[Direction]uint32{Forward: 99, Backward: 499}[d]
	}
	s.SACK[0] = wire.Block{Left: s.Ack + 10, Right: s.Ack + 30}
	n := uint32(rapid.SampledFrom([]int{0, 0, 1, 10, 40, 100}).Draw(r, "octets"))
	if n > 0 {
		s.Payload = wire.Payload{Stream: b.stream, Pos: uint64(s.Seq), Len: n}
	}
	s.DSS = wire.DSS{Flags: wire.DSSAck | wire.DSSMap | wire.DSSSum, DSN: uint64(s.Seq), SSN: s.Seq,
		Len: uint16(n)}
	s.Capable = wire.Capable{Form: wire.CapableKeys, Version: 1, SenderKey: 1, ReceiverKey: 2}
	s.Join = wire.Join{Form: rapid.SampledFrom([]uint8{wire.JoinSYN, wire.JoinSYNACK, wire.JoinACK}).Draw(r,
		"join")}
	s.AddAddr = wire.AddAddr{Addr: boxAddr(), ID: 3}
	return d, s
}

// conserve sends anything through any chain: no packet is lost or doubled without being counted, whatever
// leaves encodes, and the same world gives the same digest.
func conserve(r *rapid.T) {
	all := kinds()
	var chosen []Config
	for i := range rapid.IntRange(1, 4).Draw(r, "boxes") {
		k := rapid.IntRange(0, len(all)-1).Draw(r, "kind")
		chosen = append(chosen, Config{Name: fmt.Sprintf("%d-%T", i, all[k]), Do: all[k]})
	}
	b := newBench(r, chosen...)
	for range rapid.IntRange(1, 40).Draw(r, "segments") {
		d, s := anySegment(r, b)
		b.send(d, s)
		b.balance()
		b.wait(unit.Duration(rapid.SampledFrom([]int{0, 0, 1, 1000, 2_000_000_000}).Draw(r,
			"wait")) * unit.Microsecond / 1000)
		b.balance()
	}
	b.wait(10 * unit.Minute)
	b.balance()
}

func TestConservation(t *testing.T) { rapid.Check(t, conserve) }

func FuzzChain(f *testing.F) {
	f.Add([]byte("a first seed, long enough for a chain and some segments, which rapid reads as numbers"))
	f.Fuzz(rapid.MakeFuzz(conserve))
}
