package wire

import "testing"

// dataSegment is what a bulk transfer sends: timestamps, DSS with 8-octet Data ACK and mapping, a full
// payload of a generated stream.
func dataSegment(contents *Contents) Segment {
	return Segment{Src: v4A, Dst: v4B, SrcPort: 4000, DstPort: 80, TTL: 64, Seq: 1, Ack: 2, Flags: ACK,
		Window: 512, TSVal: 3, TSEcr: 4, Opts: OptTimestamps | OptDSS,
		DSS:     DSS{Flags: ack8 | map8, DataAck: 5, DSN: 6, SSN: 7, Len: 1420},
		Payload: Payload{Stream: contents.New(), Pos: 3, Len: 1420}}
}

// ackSegment is its acknowledgment with one SACK block.
func ackSegment() Segment {
	return Segment{Src: v6B, Dst: v6A, SrcPort: 80, DstPort: 4000, TTL: 64, Seq: 1, Ack: 2, Flags: ACK,
		Window: 512, TSVal: 3, TSEcr: 4, Opts: OptTimestamps | OptSACK | OptDSS, SACKN: 1,
		SACK: [4]Block{{5, 6}}, DSS: DSS{Flags: ack8, DataAck: 5}}
}

func TestHotFunctionsAllocateNothing(t *testing.T) {
	contents := NewContents()
	data, ack := dataSegment(contents), ackSegment()
	buffer := make([]byte, 0, 2048)
	var back Segment
	for _, s := range []*Segment{&data, &ack} {
		allocs := testing.AllocsPerRun(100, func() {
			b, err := s.Append(buffer, contents)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := back.Decode(b, 1); err != nil {
				t.Fatal(err)
			}
			if VerifyChecksums(b) != nil || s.WireLen() != len(b) || !s.Fits() || s.SACKRoom() < 0 {
				t.Fatal("wrong")
			}
			contents.Sum(s.Payload)
			back.ClearForReuse()
			if s.Canonical() == back {
				t.Fatal("wrong")
			}
		})
		if allocs != 0 {
			t.Errorf("%v: %v allocations", s, allocs)
		}
	}
}

func BenchmarkAppendData(b *testing.B) {
	contents := NewContents()
	s := dataSegment(contents)
	buffer := make([]byte, 0, 2048)
	b.SetBytes(int64(s.WireLen()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Append(buffer, contents); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendAck(b *testing.B) {
	s := ackSegment()
	buffer := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Append(buffer, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeData(b *testing.B) {
	contents := NewContents()
	s := dataSegment(contents)
	packet, err := s.Append(nil, contents)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Decode(packet, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeAck(b *testing.B) {
	s := ackSegment()
	packet, err := s.Append(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Decode(packet, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWireLenData(b *testing.B) {
	s := dataSegment(NewContents())
	for b.Loop() {
		if s.WireLen() != 1500 {
			b.Fatal("wrong")
		}
	}
}

func BenchmarkWireLenSYN(b *testing.B) {
	s := goldens[0].segment
	for b.Loop() {
		if s.WireLen() != 64 {
			b.Fatal("wrong")
		}
	}
}

func BenchmarkPayloadSum1400(b *testing.B) {
	octets := make([]byte, 1400)
	b.SetBytes(1400)
	for b.Loop() {
		PayloadSum(octets)
	}
}

func BenchmarkReadAtGenerated1400(b *testing.B) {
	contents := NewContents()
	stream := contents.New()
	octets := make([]byte, 1400)
	b.SetBytes(1400)
	for b.Loop() {
		contents.ReadAt(stream, 5, octets)
	}
}

func BenchmarkContentsSum1400(b *testing.B) {
	contents := NewContents()
	p := Payload{Stream: contents.New(), Pos: 5, Len: 1400}
	b.SetBytes(1400)
	for b.Loop() {
		contents.Sum(p)
	}
}

func BenchmarkJoinHMAC(b *testing.B) {
	for b.Loop() {
		JoinHMAC(keyA, keyB, nonceA, nonceB, 1)
	}
}

func BenchmarkToken(b *testing.B) {
	for b.Loop() {
		Token(keyA, 1)
	}
}
