package wire

import "encoding/binary"

// ADD_ADDR (RFC 8684 section 3.4.1; RFC 6824 section 3.4.1 for version 0).

// echoFlag is bit E of ADD_ADDR.
const echoFlag = 0x01

// AddAddr is ADD_ADDR (section 3.4.1); v0 has no HMAC and no echo, and an echo has no HMAC. With
// NoHMAC, Echo says nothing.
type AddAddr struct {
	Addr   Addr
	HMAC   uint64
	Port   uint16 // 0: absent
	ID     uint8
	Echo   bool
	NoHMAC bool // v0 form
}

// Lengths of the parts of ADD_ADDR in octets.
const (
	addAddrBase    = 4
	addAddrPortLen = 2
	addAddrHMACLen = 8
)

func (a *AddAddr) hasHMAC() bool { return !a.Echo && !a.NoHMAC }

// wireLen is the option's length: 8..30 octets.
func (a *AddAddr) wireLen() int {
	n := addAddrBase + a.Addr.octets()
	if a.Port != 0 {
		n += addAddrPortLen
	}
	if a.hasHMAC() {
		n += addAddrHMACLen
	}
	return n
}

func (a *AddAddr) canonical() AddAddr {
	k := *a
	if k.NoHMAC {
		k.Echo = false
	}
	if !k.hasHMAC() {
		k.HMAC = 0
	}
	return k
}

func (a *AddAddr) append(w []byte) []byte {
	low := byte(0)
	switch {
	case a.NoHMAC && a.Addr.Is4():
		low = 4 // IPVer of version 0
	case a.NoHMAC:
		low = 6
	case a.Echo:
		low = echoFlag
	}
	w = append(w, kindMPTCP, byte(a.wireLen()), subtypeAddAddr|low, a.ID)
	w = a.Addr.append(w)
	if a.Port != 0 {
		w = binary.BigEndian.AppendUint16(w, a.Port)
	}
	if a.hasHMAC() {
		w = binary.BigEndian.AppendUint64(w, a.HMAC)
	}
	return w
}

// decode reads the option. The lengths of version 0 are those of an echo in version 1, so that only
// the connection's version tells them apart. The family follows from the length; in version 0 it
// must agree with IPVer. A port of 0 is taken as absent (the HMAC is the same).
func (a *AddAddr) decode(o []byte, version int) bool {
	if len(o) < addAddrBase {
		return false
	}
	k := AddAddr{ID: o[3]}
	rest := o[addAddrBase:]
	if version == 0 {
		k.NoHMAC = true
	} else {
		k.Echo = o[2]&echoFlag != 0
	}
	if k.hasHMAC() {
		if len(rest) < addAddrHMACLen {
			return false
		}
		k.HMAC = binary.BigEndian.Uint64(rest[len(rest)-addAddrHMACLen:])
		rest = rest[:len(rest)-addAddrHMACLen]
	}
	ipVersion := byte(0)
	switch len(rest) {
	case 4, 4 + addAddrPortLen:
		ipVersion = 4
		k.Addr, rest = addrFrom4(rest), rest[4:]
	case 16, 16 + addAddrPortLen:
		ipVersion = 6
		k.Addr, rest = addrFrom16(rest), rest[16:]
		if !on6(k.Addr) {
			return false
		}
	default:
		return false
	}
	if version == 0 && o[2]&0x0f != ipVersion {
		return false
	}
	if len(rest) == addAddrPortLen {
		k.Port = binary.BigEndian.Uint16(rest)
	}
	*a = k
	return true
}
