package wire

import "encoding/binary"

// TCP's own options: end of list, NOP and MSS (RFC 9293 section 3.2), window scale and timestamps
// (RFC 7323), SACK-permitted and SACK (RFC 2018). That of RFC 7413 is in fastopen.go.

// Option kinds.
const (
	kindEnd           = 0
	kindNOP           = 1
	kindMSS           = 2
	kindWindowScale   = 3
	kindSACKPermitted = 4
	kindSACK          = 5
	kindTimestamps    = 8
	kindMPTCP         = 30
	kindFastOpen      = 34
	kindExperiment    = 254
)

// Option lengths in octets, and the room that they take when aligned.
const (
	mssLen           = 4
	windowScaleLen   = 3
	sackPermittedLen = 2
	timestampsLen    = 10
	timestampsSpace  = 12
	blockLen         = 8
)

func sackLen(blocks int) int   { return 2 + blockLen*blocks }
func sackSpace(blocks int) int { return 4 + blockLen*blocks }

// putOptions fills o, whose length is OptionLen, with the segment's options: those of TCP in the order
// MSS, SACK-permitted, timestamps, window scale, SACK, Fast Open, then those of MPTCP by subtype.
func (s *Segment) putOptions(o []byte) {
	if len(o) == 0 {
		return
	}
	aligned := s.alignedLen(s.Opts) <= MaxOptionLen
	w := o[:0]
	w = s.appendTCPOptions(w, aligned)
	if s.Opts&OptFastOpen != 0 {
		w = s.FastOpen.append(w)
		for aligned && len(w)&3 != 0 {
			w = append(w, kindNOP)
		}
	}
	if s.Opts&OptOther != 0 {
		w = append(w, s.Other()...)
		for aligned && len(w)&3 != 0 {
			w = append(w, kindNOP)
		}
	}
	for rest := s.Opts & OptMPTCP; rest != 0; rest &= rest - 1 {
		w = s.appendMPTCPOption(w, rest&-rest)
		for aligned && len(w)&3 != 0 {
			w = append(w, kindNOP)
		}
	}
	for len(w)&3 != 0 {
		w = append(w, kindNOP)
	}
	if len(w) != len(o) {
		panic("wire: OptionLen and the encoder disagree")
	}
}

// appendTCPOptions appends TCP's own options. NOPs go before an option, where they also align what
// the option holds.
func (s *Segment) appendTCPOptions(w []byte, aligned bool) []byte {
	if s.Opts&OptMSS != 0 {
		w = append(w, kindMSS, mssLen, byte(s.MSS>>8), byte(s.MSS))
	}
	if s.Opts&OptSACKPermitted != 0 {
		if aligned && s.Opts&OptTimestamps == 0 {
			w = append(w, kindNOP, kindNOP)
		}
		w = append(w, kindSACKPermitted, sackPermittedLen)
	}
	if s.Opts&OptTimestamps != 0 {
		if aligned && s.Opts&OptSACKPermitted == 0 {
			w = append(w, kindNOP, kindNOP)
		}
		w = append(w, kindTimestamps, timestampsLen)
		w = binary.BigEndian.AppendUint32(w, s.TSVal)
		w = binary.BigEndian.AppendUint32(w, s.TSEcr)
	}
	if s.Opts&OptWindowScale != 0 {
		if aligned {
			w = append(w, kindNOP)
		}
		w = append(w, kindWindowScale, windowScaleLen, s.WindowScale)
	}
	if s.Opts&OptSACK != 0 {
		if aligned {
			w = append(w, kindNOP, kindNOP)
		}
		w = append(w, kindSACK, byte(sackLen(int(s.SACKN))))
		for _, block := range s.SACK[:s.SACKN] {
			w = binary.BigEndian.AppendUint32(w, block.Left)
			w = binary.BigEndian.AppendUint32(w, block.Right)
		}
	}
	return w
}

// decodeOptions reads an option list into a segment whose Opts is 0.
//
// One of unknown kind is kept (Other), one of a length that its kind does not have is passed over. If an option
// occurs again, the first well-formed one counts. A list that breaks off (a length below 2 or beyond
// the end of the header) ends there; what stood before it counts.
func (s *Segment) decodeOptions(o []byte, version int) {
	for len(o) > 0 {
		switch o[0] {
		case kindEnd:
			return
		case kindNOP:
			o = o[1:]
			continue
		}
		if len(o) < 2 {
			return
		}
		length := int(o[1])
		if length < 2 || length > len(o) {
			return
		}
		if isOther(o[:length]) {
			s.addOther(o[:length])
		} else if o[0] == kindMPTCP {
			s.decodeMPTCPOption(o[:length], version)
		} else {
			s.decodeTCPOption(o[:length])
		}
		o = o[length:]
	}
}

// decodeTCPOption reads one of TCP's own options, kind and length octet included.
func (s *Segment) decodeTCPOption(o []byte) {
	switch {
	case o[0] == kindTimestamps && len(o) == timestampsLen && s.Opts&OptTimestamps == 0:
		s.Opts |= OptTimestamps
		s.TSVal, s.TSEcr = binary.BigEndian.Uint32(o[2:]), binary.BigEndian.Uint32(o[6:])
	case o[0] == kindSACK && s.Opts&OptSACK == 0:
		blocks := (len(o) - 2) / blockLen
		if len(o) != sackLen(blocks) || blocks < 1 || blocks > len(s.SACK) {
			return
		}
		s.Opts |= OptSACK
		s.SACKN = uint8(blocks)
		for i := range blocks {
			at := o[2+blockLen*i:]
			s.SACK[i] = Block{Left: binary.BigEndian.Uint32(at), Right: binary.BigEndian.Uint32(at[4:])}
		}
	case o[0] == kindMSS && len(o) == mssLen && s.Opts&OptMSS == 0:
		s.Opts |= OptMSS
		s.MSS = binary.BigEndian.Uint16(o[2:])
	case o[0] == kindWindowScale && len(o) == windowScaleLen && s.Opts&OptWindowScale == 0:
		s.Opts |= OptWindowScale
		s.WindowScale = o[2]
	case (o[0] == kindFastOpen || o[0] == kindExperiment) && s.Opts&OptFastOpen == 0:
		if s.FastOpen.decode(o) {
			s.Opts |= OptFastOpen
		}
	case o[0] == kindSACKPermitted && len(o) == sackPermittedLen:
		s.Opts |= OptSACKPermitted
	}
}
