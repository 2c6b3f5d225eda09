package wire

import "encoding/binary"

// MP_CAPABLE (RFC 8684 section 3.1; RFC 6824 section 3.1 for version 0).

// Forms of MP_CAPABLE: the option's length on the wire in octets.
const (
	CapableSYN      = 4  // SYN of version 1: no key
	CapableKey      = 12 // SYN/ACK, and the SYN of version 0: sender's key
	CapableKeys     = 20 // ACK: both keys
	CapableData     = 22 // first data, version 1: both keys and Data-Level Length
	CapableDataCsum = 24 // the same with checksum
)

// Flags of MP_CAPABLE.
const (
	CapableChecksum   uint8 = 0x80 // A: checksum required
	CapableExtended   uint8 = 0x40 // B: extensibility, sent as 0
	CapableNoJoinHere uint8 = 0x20 // C: no subflows to this source address and port (version 1)
	CapableHMACSHA    uint8 = 0x01 // H: HMAC-SHA256 (version 0: HMAC-SHA1)
)

// Capable is MP_CAPABLE (section 3.1). Form is the option's length on the wire: 4, 12, 20, 22, 24
// (version 0: 12, 20). Fields that the form does not have say nothing. Which form belongs to which
// segment of the handshake is the endpoint's to judge.
type Capable struct {
	SenderKey, ReceiverKey uint64
	DataLen                uint16 // octets
	Checksum               uint16
	Version                uint8 // 0..15
	Flags                  uint8 // A 0x80, B 0x40, C 0x20, ... H 0x01
	Form                   uint8
}

// capableForm says that the version has the form.
func capableForm(version, form uint8) bool {
	switch form {
	case CapableKey, CapableKeys:
		return true
	case CapableSYN, CapableData, CapableDataCsum:
		return version >= 1
	}
	return false
}

func (c *Capable) check() error {
	if c.Version > 0x0f {
		return encodeErrorf("MP_CAPABLE version %d has more than 4 bits", c.Version)
	}
	if !capableForm(c.Version, c.Form) {
		return encodeErrorf("MP_CAPABLE version %d has no form of %d octets (4, 12, 20, 22, 24; version 0: 12, 20)",
			c.Version, c.Form)
	}
	return nil
}

func (c *Capable) canonical() Capable {
	k := Capable{Version: c.Version, Flags: c.Flags, Form: c.Form}
	if c.Form >= CapableKey {
		k.SenderKey = c.SenderKey
	}
	if c.Form >= CapableKeys {
		k.ReceiverKey = c.ReceiverKey
	}
	if c.Form >= CapableData {
		k.DataLen = c.DataLen
	}
	if c.Form >= CapableDataCsum {
		k.Checksum = c.Checksum
	}
	return k
}

func (c *Capable) append(w []byte) []byte {
	w = append(w, kindMPTCP, c.Form, subtypeCapable|c.Version, c.Flags)
	if c.Form >= CapableKey {
		w = binary.BigEndian.AppendUint64(w, c.SenderKey)
	}
	if c.Form >= CapableKeys {
		w = binary.BigEndian.AppendUint64(w, c.ReceiverKey)
	}
	if c.Form >= CapableData {
		w = binary.BigEndian.AppendUint16(w, c.DataLen)
	}
	if c.Form >= CapableDataCsum {
		w = binary.BigEndian.AppendUint16(w, c.Checksum)
	}
	return w
}

func (c *Capable) decode(o []byte) bool {
	version, form := o[2]&0x0f, uint8(len(o))
	if !capableForm(version, form) {
		return false
	}
	*c = Capable{Version: version, Flags: o[3], Form: form}
	if form >= CapableKey {
		c.SenderKey = binary.BigEndian.Uint64(o[4:])
	}
	if form >= CapableKeys {
		c.ReceiverKey = binary.BigEndian.Uint64(o[12:])
	}
	if form >= CapableData {
		c.DataLen = binary.BigEndian.Uint16(o[20:])
	}
	if form >= CapableDataCsum {
		c.Checksum = binary.BigEndian.Uint16(o[22:])
	}
	return true
}
