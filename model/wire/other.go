package wire

// Options that the codec does not know are carried along, so that what devices on a path do to them can be
// modelled and captures keep them: TCP kinds without a name here, and MPTCP subtypes that are unassigned or
// for experiments (RFC 8684 section 7.2). Endpoints pass over them (RFC 9293 section 3.1). They need no room
// of their own in a Segment: they stand at the end of REMOVE_ADDR's list, their number of octets in its last
// place. All options of a segment together have at most 40 octets, so that both fit but for one case, a full
// header, where they are lost.

// otherMax is how many octets of unknown options fit.
const otherMax = 36

// Other returns the unknown options, one behind the other as on the wire without padding; they alias the
// segment. It says something only if OptOther is set.
func (s *Segment) Other() []byte {
	ids := &s.RemoveAddr.IDs
	return ids[otherMax-min(int(ids[otherMax]), otherMax) : otherMax]
}

// otherRoom is how many octets of unknown options can stand beside the segment's REMOVE_ADDR.
func (s *Segment) otherRoom() int {
	if s.Opts&OptRemoveAddr == 0 {
		return otherMax
	}
	return otherMax - int(s.RemoveAddr.N)
}

// SetOther makes the octets, which are whole options with their kind and length, the segment's unknown
// options; with none it removes them. It returns false, and leaves them as they are, if they do not fit (36
// octets less the Address IDs of a REMOVE_ADDR) or are not a list of unknown options. Set REMOVE_ADDR first.
func (s *Segment) SetOther(options []byte) bool {
	if len(options) > s.otherRoom() || !otherList(options) {
		return false
	}
	if len(options) == 0 {
		s.Opts &^= OptOther
		return true
	}
	copy(s.RemoveAddr.IDs[otherMax-len(options):], options)
	s.RemoveAddr.IDs[otherMax] = uint8(len(options))
	s.Opts |= OptOther
	return true
}

// otherList tells whether octets are a list of whole unknown options.
func otherList(o []byte) bool {
	for len(o) > 0 {
		if len(o) < 2 || int(o[1]) < 2 || int(o[1]) > len(o) || !isOther(o[:o[1]]) {
			return false
		}
		o = o[o[1]:]
	}
	return true
}

// isOther tells whether an option, kind and length octet included, is of a kind or subtype that has no name
// here.
func isOther(o []byte) bool {
	switch o[0] {
	case kindEnd, kindNOP, kindMSS, kindWindowScale, kindSACKPermitted, kindSACK, kindTimestamps, kindFastOpen:
		return false
	case kindExperiment: // one of its uses is known
		return len(o) < fastOpenExp || o[2] != fastOpenID>>8 || o[3] != fastOpenID&0xff
	case kindMPTCP:
		return len(o) >= 3 && o[2]&0xf0 > subtypeReset
	}
	return true
}

// addOther appends an unknown option that was read to those before it.
func (s *Segment) addOther(o []byte) {
	var before []byte
	if s.Opts&OptOther != 0 {
		before = s.Other()
	}
	var list [MaxOptionLen]byte
	s.SetOther(append(append(list[:0], before...), o...))
}

func (s *Segment) checkOther() error {
	if n := len(s.Other()); n == 0 || n > s.otherRoom() || !otherList(s.Other()) {
		return encodeErrorf("the %d octets of other options are no list of unknown options; use SetOther", n)
	}
	return nil
}
