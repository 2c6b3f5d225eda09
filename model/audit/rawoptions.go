package audit

import "mpsim/model/wire"

// rawOptions holds the option list to what the decoder passes over: illegal lengths, repeated options, reserved
// bits (RFC 9293 section 3.1, RFC 8684 section 3).
func (a *Auditor) rawOptions() {
	var kinds [4]uint64 // seen
	subtypes := uint32(0)
	for o := a.raw; len(o) > 0; {
		switch o[0] {
		case 0:
			return
		case 1:
			o = o[1:]
			continue
		}
		if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
			a.find(OptionBroken, value{}, say("kind "+num(int64(o[0])).String()))
			return
		}
		one := o[:o[1]]
		o = o[o[1]:]
		if one[0] == 30 && len(one) >= 3 {
			bit := uint32(1) << (one[2] >> 4)
			if subtypes&bit != 0 {
				a.find(OptionRepeated, value{}, say(subtypeNames[one[2]>>4]))
			}
			subtypes |= bit
			a.mptcpOption(one)
			continue
		}
		if kinds[one[0]>>6]>>(one[0]&63)&1 != 0 && one[0] != 254 && one[0] != 253 {
			a.find(OptionRepeated, value{}, say("kind "+num(int64(one[0])).String()))
		}
		kinds[one[0]>>6] |= 1 << (one[0] & 63)
		a.tcpOption(one)
	}
}

var subtypeNames = [16]string{"MP_CAPABLE", "MP_JOIN", "DSS", "ADD_ADDR", "REMOVE_ADDR", "MP_PRIO", "MP_FAIL",
	"MP_FASTCLOSE", "MP_TCPRST", "subtype 9", "subtype 10", "subtype 11", "subtype 12", "subtype 13", "subtype 14",
	"MP_EXPERIMENTAL"}

// tcpOption holds one of TCP's own options to its length.
func (a *Auditor) tcpOption(o []byte) {
	ok := true
	switch o[0] {
	case 2:
		ok = len(o) == 4
	case 3:
		ok = len(o) == 3
	case 4:
		ok = len(o) == 2
	case 5:
		ok = len(o) >= 10 && (len(o)-2)%8 == 0
	case 8:
		ok = len(o) == 10
	case 30:
		ok = false // no subtype
	}
	if !ok {
		a.find(OptionLength, value{},
			value{kind: 1, n: int64(len(o)), text: " octets of kind " + num(int64(o[0])).String()})
	}
}

// mptcpOption holds one MPTCP option to the lengths of its forms and to its reserved bits.
func (a *Auditor) mptcpOption(o []byte) {
	subtype, low, n := o[2]>>4, o[2]&0x0f, len(o)
	v0 := a.f.conn.version == 0
	legal, reserved := false, byte(0)
	var second byte // reserved bits of octet 3
	switch subtype {
	case 0:
		legal = n == 4 || n == 12 || n == 20 || n == 22 || n == 24
		if low == 0 {
			legal = n == 12 || n == 20
		}
	case 1:
		legal = n == 12 || n == 16 || n == 24
		reserved = 0x0e
		if n == 24 {
			reserved, second = 0x0f, 0xff
		}
	case 2:
		legal, reserved, second = dssLength(o), 0x0f, 0xe0
	case 3:
		if legal, _ = addAddrLength(o, true); legal && low != 1 && a.f.conn.version < 0 {
			// The handshake is not in the trace; version 1 has no such option.
			a.f.conn.version, v0 = 0, true
			_, _ = a.decoded.Decode(a.pad, 0)
		}
		legal, reserved = addAddrLength(o, v0)
	case 4:
		legal, reserved = n > 3 && n <= 40, 0x0f
	case 5:
		legal, reserved = n == 3 || a.f.conn.version < 1 && n == 4, 0x0e
	case 6, 7:
		legal, reserved, second = n == 12, 0x0f, 0xff
	case 8:
		legal, reserved = n == 4, 0x0e
	default:
		a.find(OptionUnknown, value{}, say(subtypeNames[subtype]))
		return
	}
	if !legal {
		a.find(OptionLength, value{}, value{kind: 1, n: int64(n), text: " octets of " + subtypeNames[subtype]})
		return
	}
	bad := low & reserved
	if n > 3 {
		bad |= o[3] & second
	}
	if bad != 0 {
		severity := rules[ReservedBits].severity
		if subtype == 1 && n == 24 && bad == 1 {
			severity = Warning // some stacks repeat bit B of the SYN on the ACK
		}
		a.findAs(severity, ReservedBits, say("0"), say(hexa(uint64(o[2])).String()+" "+hexa(uint64(o[min(3, n-1)])).String()+
			" in "+subtypeNames[subtype]))
	}
}

// dssLength says that the length goes with the flags.
func dssLength(o []byte) bool {
	if len(o) < 4 {
		return false
	}
	n := 4
	if o[3]&wire.DSSAck != 0 {
		n += 4
		if o[3]&wire.DSSAck8 != 0 {
			n += 4
		}
	}
	if o[3]&wire.DSSMap == 0 {
		return len(o) == n
	}
	n += 10
	if o[3]&wire.DSSMap8 != 0 {
		n += 4
	}
	return len(o) == n || len(o) == n+2
}

// addAddrLength says that the length is one of ADD_ADDR, and what bits of octet 2 are reserved.
func addAddrLength(o []byte, v0 bool) (legal bool, reserved byte) {
	n := len(o)
	if v0 {
		switch o[2] & 0x0f {
		case 4:
			return n == 8 || n == 10, 0
		case 6:
			return n == 20 || n == 22, 0
		}
		return false, 0
	}
	if o[2]&1 == 0 {
		n -= 8
	}
	return n == 8 || n == 10 || n == 20 || n == 22, 0x0e
}
