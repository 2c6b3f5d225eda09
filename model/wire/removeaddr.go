package wire

// REMOVE_ADDR (RFC 8684 section 3.4.2), laid out alike in RFC 6824.

// RemoveAddr is REMOVE_ADDR (section 3.4.2): N Address IDs, 1..37.
type RemoveAddr struct {
	N   uint8
	IDs [37]uint8
}

// removeAddrBase is the option's length without Address IDs.
const removeAddrBase = 3

func (r *RemoveAddr) wireLen() int { return removeAddrBase + int(r.N) }

// List returns the Address IDs; it aliases the segment.
func (r *RemoveAddr) List() []uint8 { return r.IDs[:r.N] }

func (r *RemoveAddr) canonical() RemoveAddr {
	k := RemoveAddr{N: r.N}
	copy(k.IDs[:], r.IDs[:min(int(r.N), len(r.IDs))])
	return k
}

func (r *RemoveAddr) append(w []byte) []byte {
	w = append(w, kindMPTCP, byte(r.wireLen()), subtypeRemoveAddr)
	return append(w, r.IDs[:r.N]...)
}

func (r *RemoveAddr) decode(o []byte) bool {
	ids := o[removeAddrBase:]
	if len(ids) == 0 || len(ids) > len(r.IDs) {
		return false
	}
	r.N = uint8(copy(r.IDs[:], ids))
	return true
}
