package wire

// MP_TCPRST (RFC 8684 section 3.6). It does not exist in RFC 6824 and is not decoded in version 0.

// Reason codes of MP_TCPRST (RFC 8684 section 3.6).
const (
	ResetUnspecified  uint8 = 0x00
	ResetMPTCP        uint8 = 0x01 // MPTCP-specific error
	ResetResources    uint8 = 0x02 // lack of resources
	ResetProhibited   uint8 = 0x03 // administratively prohibited
	ResetOutstanding  uint8 = 0x04 // too much outstanding data
	ResetPerformance  uint8 = 0x05 // unacceptable performance
	ResetInterference uint8 = 0x06 // middlebox interference
)

// Reset is MP_TCPRST (section 3.6).
type Reset struct {
	Reason    uint8
	Transient bool
	Flags     uint8 // U 0x08, V 0x04, W 0x02 as received; a sender leaves them 0
}

const (
	resetLen       = 4
	resetTransient = 0x01
	resetReserved  = 0x0e
)

func (r *Reset) canonical() Reset {
	k := *r
	k.Flags &= resetReserved
	return k
}

func (r *Reset) append(w []byte) []byte {
	low := r.Flags & resetReserved
	if r.Transient {
		low |= resetTransient
	}
	return append(w, kindMPTCP, resetLen, subtypeReset|low, r.Reason)
}

func (r *Reset) decode(o []byte, version int) bool {
	if len(o) != resetLen || version == 0 {
		return false
	}
	*r = Reset{Reason: o[3], Transient: o[2]&resetTransient != 0, Flags: o[2] & resetReserved}
	return true
}
