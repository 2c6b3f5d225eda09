package wire

// The frame that all MPTCP options share (RFC 8684 section 3): kind 30, length, and the subtype in
// the high half of the third octet.

// Subtypes (RFC 8684 section 7.2), in the high half of an octet.
const (
	subtypeCapable    = 0x00
	subtypeJoin       = 0x10
	subtypeDSS        = 0x20
	subtypeAddAddr    = 0x30
	subtypeRemoveAddr = 0x40
	subtypePrio       = 0x50
	subtypeFail       = 0x60
	subtypeFastClose  = 0x70
	subtypeReset      = 0x80
)

// appendMPTCPOption appends one MPTCP option without padding.
func (s *Segment) appendMPTCPOption(w []byte, option Options) []byte {
	switch option {
	case OptDSS:
		return s.DSS.append(w)
	case OptCapable:
		return s.Capable.append(w)
	case OptJoin:
		return s.Join.append(w)
	case OptAddAddr:
		return s.AddAddr.append(w)
	case OptRemoveAddr:
		return s.RemoveAddr.append(w)
	case OptPrio:
		return s.Prio.append(w)
	case OptFail:
		return appendFail(w, s.FailDSN)
	case OptFastClose:
		return appendFastClose(w, s.FastCloseKey)
	case OptReset:
		return s.Reset.append(w)
	}
	panic("wire: not an MPTCP option")
}

// decodeMPTCPOption reads one MPTCP option, kind and length octet included. A subtype that is unknown
// or a length that fits none of its forms leaves the segment as it is (RFC 8684 section 3).
func (s *Segment) decodeMPTCPOption(o []byte, version int) {
	if len(o) < 3 {
		return
	}
	option, ok := Options(0), false
	switch o[2] & 0xf0 {
	case subtypeDSS:
		if option = OptDSS; s.Opts&option == 0 {
			ok = s.DSS.decode(o)
		}
	case subtypeCapable:
		if option = OptCapable; s.Opts&option == 0 {
			ok = s.Capable.decode(o)
		}
	case subtypeJoin:
		if option = OptJoin; s.Opts&option == 0 {
			ok = s.Join.decode(o)
		}
	case subtypeAddAddr:
		if option = OptAddAddr; s.Opts&option == 0 {
			ok = s.AddAddr.decode(o, version)
		}
	case subtypeRemoveAddr:
		if option = OptRemoveAddr; s.Opts&option == 0 {
			other := s.Opts & OptOther
			if other != 0 && len(s.Other())+len(o)-removeAddrBase > otherMax {
				s.Opts &^= OptOther // its octets are about to be overwritten
			}
			ok = s.RemoveAddr.decode(o)
		}
	case subtypePrio:
		if option = OptPrio; s.Opts&option == 0 {
			ok = s.Prio.decode(o, version)
		}
	case subtypeFail:
		if option = OptFail; s.Opts&option == 0 {
			s.FailDSN, ok = decodeFail(o)
		}
	case subtypeFastClose:
		if option = OptFastClose; s.Opts&option == 0 {
			s.FastCloseKey, ok = decodeFastClose(o)
		}
	case subtypeReset:
		if option = OptReset; s.Opts&option == 0 {
			ok = s.Reset.decode(o, version)
		}
	}
	if ok {
		s.Opts |= option
	}
}
