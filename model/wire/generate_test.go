package wire

// A generator of valid segments for the property tests.

// source draws a number in [0, max].
type source func(max uint64) uint64

func (draw source) bool() bool            { return draw(1) == 1 }
func (draw source) u8() uint8             { return uint8(draw(1<<8 - 1)) }
func (draw source) u16() uint16           { return uint16(draw(1<<16 - 1)) }
func (draw source) u32() uint32           { return uint32(draw(1<<32 - 1)) }
func (draw source) u64() uint64           { return draw(1<<64 - 1) }
func (draw source) one(of ...uint8) uint8 { return of[draw(uint64(len(of)-1))] }

func (draw source) addr(four bool) Addr {
	if four {
		return Addr{Lo: mappedPrefix<<32 | uint64(draw.u32())}
	}
	return Addr{Hi: draw.u64() | 1, Lo: draw.u64()} // Hi other than 0: neither mapped nor unspecified
}

// segment draws a canonical segment without payload that carries the given options in forms that a
// connection of the version has.
func (draw source) segment(options Options, version int) Segment {
	four := draw.bool()
	s := Segment{Opts: options, Src: draw.addr(four), Dst: draw.addr(four), SrcPort: draw.u16(),
		DstPort: draw.u16(), Seq: draw.u32(), Ack: draw.u32(), Flags: Flags(draw(uint64(flagsKnown))),
		Window: draw.u16(), TTL: draw.u8(), TOS: draw.u8(), IPID: draw.u16(),
		FlowLabel: uint32(draw(flowLabelMax)), UrgentPointer: draw.u16(),
		MSS: draw.u16(), WindowScale: draw.u8(), TSVal: draw.u32(), TSEcr: draw.u32(),
		FailDSN: draw.u64(), FastCloseKey: draw.u64()}
	s.SACKN = uint8(1 + draw(3))
	for i := range s.SACK {
		s.SACK[i] = Block{draw.u32(), draw.u32()}
	}
	s.Capable = draw.capable()
	s.Join = draw.join()
	s.DSS = DSS{DataAck: draw.u64(), DSN: draw.u64(), SSN: draw.u32(), Len: draw.u16(), Checksum: draw.u16(),
		Flags: draw.u8()}
	s.AddAddr = AddAddr{Addr: draw.addr(draw.bool()), HMAC: draw.u64(), Port: draw.u16() * uint16(draw(1)),
		ID: draw.u8(), Echo: draw.bool(), NoHMAC: version == 0}
	s.RemoveAddr.N = uint8(1 + draw(6)*draw(6))
	for i := range s.RemoveAddr.IDs {
		s.RemoveAddr.IDs[i] = draw.u8()
	}
	s.Prio = Prio{Backup: draw.bool(), HasID: version == 0 && draw.bool(), AddrID: draw.u8()}
	s.Reset = Reset{Reason: draw.u8(), Transient: draw.bool(), Flags: draw.u8()}
	s.FastOpen = FastOpen{Len: draw.one(0, 4, 6, 8, 10, 12, 14, 16), Exp: draw.bool()}
	for i := range s.FastOpen.Cookie {
		s.FastOpen.Cookie[i] = draw.u8()
	}
	if s.Opts&OptOther != 0 {
		s.drawOther(draw)
	}
	return s.Canonical()
}

// drawOther draws one or two unknown options.
func (s *Segment) drawOther(draw source) {
	room := 1 + draw(12)
	list := []byte{draw.one(6, 7, 19, 27, 35, 77, 253), byte(2 + room)}
	for range room {
		list = append(list, draw.u8())
	}
	if draw.bool() {
		list = append(list, kindMPTCP, 4, 0x90|draw.u8(), draw.u8())
	}
	if s.Opts&OptRemoveAddr != 0 {
		s.RemoveAddr.N = min(s.RemoveAddr.N, 10)
	}
	if !s.SetOther(list) {
		panic("no list of unknown options")
	}
}

func (draw source) capable() Capable {
	c := Capable{SenderKey: draw.u64(), ReceiverKey: draw.u64(), DataLen: draw.u16(), Checksum: draw.u16(),
		Version: uint8(draw(15)), Flags: draw.u8(), Form: draw.one(4, 12, 20, 22, 24)}
	if c.Version == 0 {
		c.Form = draw.one(12, 20)
	}
	return c
}

func (draw source) join() Join {
	j := Join{Token: draw.u32(), Nonce: draw.u32(), AddrID: draw.u8(), Backup: draw.bool(),
		Form: draw.one(12, 16, 24)}
	for i := range j.HMAC {
		j.HMAC[i] = draw.u8()
	}
	return j
}

// counted is a source for exhaustive tests: a SplitMix64 sequence.
func counted(seed uint64) source {
	return func(max uint64) uint64 {
		seed += splitGamma
		if max == 1<<64-1 {
			return mix(seed)
		}
		return mix(seed) % (max + 1)
	}
}
