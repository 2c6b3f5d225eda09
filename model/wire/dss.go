package wire

import "encoding/binary"

// Data Sequence Signal (RFC 8684 section 3.3), laid out alike in RFC 6824.

// DSS flags in their wire positions (RFC 8684 section 3.3).
const (
	DSSAck  uint8 = 0x01 // A: Data ACK present
	DSSAck8 uint8 = 0x02 // a: Data ACK is 8 octets
	DSSMap  uint8 = 0x04 // M: mapping present
	DSSMap8 uint8 = 0x08 // m: DSN is 8 octets
	DSSFin  uint8 = 0x10 // F: DATA_FIN
	DSSSum  uint8 = 0x80 // not on the wire: the checksum field is present
)

// dssWireFlags are the flags that are on the wire; the other bits of the octet are reserved.
const dssWireFlags = DSSAck | DSSAck8 | DSSMap | DSSMap8 | DSSFin

// DSS is the Data Sequence Signal option (RFC 8684 section 3.3). DSN and DataAck hold the low 32
// bits only when sent so. DSSAck8 says nothing without DSSAck, DSSMap8 and DSSSum nothing without
// DSSMap.
type DSS struct {
	DataAck  uint64
	DSN      uint64
	SSN      uint32 // relative subflow sequence number
	Len      uint16 // Data-Level Length, octets
	Checksum uint16
	Flags    uint8
}

// dssLens is the option's length without checksum, indexed by the low four flags (a string, because
// a constant array does not exist in Go).
const dssLens = "\x04\x08\x04\x0c" + "\x0e\x12\x0e\x16" + "\x04\x08\x04\x0c" + "\x12\x16\x12\x1a"

// dssSumLen is the length of the checksum field.
const dssSumLen = 2

// wireLen is the option's length: 4..28 octets.
func (d *DSS) wireLen() int {
	n := int(dssLens[d.Flags&0x0f])
	if d.Flags&(DSSSum|DSSMap) == DSSSum|DSSMap {
		n += dssSumLen
	}
	return n
}

// effectiveFlags drops the flags that say nothing.
func (d *DSS) effectiveFlags() uint8 {
	f := d.Flags & (dssWireFlags | DSSSum)
	if f&DSSAck == 0 {
		f &^= DSSAck8
	}
	if f&DSSMap == 0 {
		f &^= DSSMap8 | DSSSum
	}
	return f
}

func (d *DSS) canonical() DSS {
	k := DSS{Flags: d.effectiveFlags()}
	switch k.Flags & (DSSAck | DSSAck8) {
	case DSSAck:
		k.DataAck = uint64(uint32(d.DataAck))
	case DSSAck | DSSAck8:
		k.DataAck = d.DataAck
	}
	if k.Flags&DSSMap == 0 {
		return k
	}
	k.DSN, k.SSN, k.Len = d.DSN, d.SSN, d.Len
	if k.Flags&DSSMap8 == 0 {
		k.DSN = uint64(uint32(d.DSN))
	}
	if k.Flags&DSSSum != 0 {
		k.Checksum = d.Checksum
	}
	return k
}

func (d *DSS) append(w []byte) []byte {
	f := d.effectiveFlags()
	w = append(w, kindMPTCP, byte(d.wireLen()), subtypeDSS, f&dssWireFlags)
	switch {
	case f&DSSAck8 != 0:
		w = binary.BigEndian.AppendUint64(w, d.DataAck)
	case f&DSSAck != 0:
		w = binary.BigEndian.AppendUint32(w, uint32(d.DataAck))
	}
	if f&DSSMap == 0 {
		return w
	}
	if f&DSSMap8 != 0 {
		w = binary.BigEndian.AppendUint64(w, d.DSN)
	} else {
		w = binary.BigEndian.AppendUint32(w, uint32(d.DSN))
	}
	w = binary.BigEndian.AppendUint32(w, d.SSN)
	w = binary.BigEndian.AppendUint16(w, d.Len)
	if f&DSSSum != 0 {
		w = binary.BigEndian.AppendUint16(w, d.Checksum)
	}
	return w
}

// decode reads the option. The length alone is ambiguous: the flags say what is there, and two octets
// left over behind a mapping are the checksum.
func (d *DSS) decode(o []byte) bool {
	if len(o) < 4 {
		return false
	}
	k := DSS{Flags: o[3] & dssWireFlags}
	switch rest := len(o) - k.wireLen(); {
	case rest == 0:
	case rest == dssSumLen && k.Flags&DSSMap != 0:
		k.Flags |= DSSSum
	default:
		return false
	}
	k.Flags = k.effectiveFlags()
	o = o[4:]
	switch {
	case k.Flags&DSSAck8 != 0:
		k.DataAck, o = binary.BigEndian.Uint64(o), o[8:]
	case k.Flags&DSSAck != 0:
		k.DataAck, o = uint64(binary.BigEndian.Uint32(o)), o[4:]
	}
	if k.Flags&DSSMap != 0 {
		if k.Flags&DSSMap8 != 0 {
			k.DSN, o = binary.BigEndian.Uint64(o), o[8:]
		} else {
			k.DSN, o = uint64(binary.BigEndian.Uint32(o)), o[4:]
		}
		k.SSN, k.Len, o = binary.BigEndian.Uint32(o), binary.BigEndian.Uint16(o[4:]), o[6:]
		if k.Flags&DSSSum != 0 {
			k.Checksum = binary.BigEndian.Uint16(o)
		}
	}
	*d = k
	return true
}
