package abi

import "encoding/binary"

// Structures of the enhanced socket API (bhesmans/mptcp, include/uapi/linux/tcp.h).

// Sizes, octets.
const (
	SubStatusSize     = 2                     // mptcp_sub_status
	SubIDsSize        = 2                     // mptcp_sub_ids without its array: the count and an octet of padding
	SubTupleSize      = 1                     // mptcp_sub_tuple without its addresses
	SubTuple4Size     = 1 + 2*SockaddrInSize  // with two sockaddr_in
	SubTuple6Size     = 1 + 2*SockaddrIn6Size // with two sockaddr_in6
	SubTuplePrio4Size = 2 + 2*SockaddrInSize  // of draft -00, with prio
	SubTuplePrio6Size = 2 + 2*SockaddrIn6Size
	CloseSubIDSize    = 1 // mptcp_close_sub_id
	CloseSubHowSize   = 8 // of the drafts, with how at offset 4
	SubSockoptSize    = 32
	SubPrioSize       = 2 // mptcp_sub_prio, of this simulator
)

// Flags of a SubStatus: the bits of its octet 1.
const (
	SlaveSk          uint8 = 1 << iota // made by MP_JOIN
	FullyEstablished                   // may carry data freely
	Attached                           // part of the connection
	LowPrio                            // backup
	PreEstablished                     // its SYN/ACK has come, the fourth packet not yet
)

// SubStatus is mptcp_sub_status.
type SubStatus struct {
	ID    uint8
	Flags uint8
}

// Has tells whether a flag is set.
func (s SubStatus) Has(flag uint8) bool { return s.Flags&flag != 0 }

// SubIDsLen returns the octets of mptcp_sub_ids for n subflows.
func SubIDsLen(n int) int { return SubIDsSize + n*SubStatusSize }

// AppendSubIDs appends an mptcp_sub_ids.
func AppendSubIDs(b []byte, subs []SubStatus) []byte {
	b = append(b, uint8(len(subs)), 0)
	for _, s := range subs {
		b = append(b, s.ID, s.Flags)
	}
	return b
}

// ParseSubIDs reads an mptcp_sub_ids; ok is false where b is shorter than its count says.
func ParseSubIDs(b []byte) (subs []SubStatus, ok bool) {
	if len(b) < SubIDsSize || len(b) < SubIDsLen(int(b[0])) {
		return nil, false
	}
	for i := range int(b[0]) {
		at := SubIDsLen(i)
		subs = append(subs, SubStatus{ID: b[at], Flags: b[at+1]})
	}
	return subs, true
}

// SubTuple is mptcp_sub_tuple. Prio is of the layout of draft -00 alone.
type SubTuple struct {
	ID            uint8
	Prio          uint8
	Local, Remote Sockaddr
}

// AppendSubTuple4 appends an mptcp_sub_tuple with two sockaddr_in, AppendSubTuple6 one with two sockaddr_in6.
func AppendSubTuple4(b []byte, t SubTuple) []byte {
	return appendPair(append(b, t.ID), t.Local, t.Remote, SockaddrInSize)
}

// AppendSubTuple6 appends an mptcp_sub_tuple with two sockaddr_in6.
func AppendSubTuple6(b []byte, t SubTuple) []byte {
	return appendPair(append(b, t.ID), t.Local, t.Remote, SockaddrIn6Size)
}

// AppendSubTuplePrio4 and AppendSubTuplePrio6 append that of draft -00.
func AppendSubTuplePrio4(b []byte, t SubTuple) []byte {
	return appendPair(append(b, t.ID, t.Prio), t.Local, t.Remote, SockaddrInSize)
}

// AppendSubTuplePrio6 appends the mptcp_sub_tuple of draft -00 with two sockaddr_in6.
func AppendSubTuplePrio6(b []byte, t SubTuple) []byte {
	return appendPair(append(b, t.ID, t.Prio), t.Local, t.Remote, SockaddrIn6Size)
}

// ParseSubTuple reads an mptcp_sub_tuple: which one the length of b tells, exactly. ok is false for another
// length.
func ParseSubTuple(b []byte) (t SubTuple, ok bool) {
	addrs, size := SubTupleSize, SockaddrInSize
	switch len(b) {
	case SubTuple4Size:
	case SubTuple6Size:
		size = SockaddrIn6Size
	case SubTuplePrio4Size:
		addrs++
	case SubTuplePrio6Size:
		addrs, size = addrs+1, SockaddrIn6Size
	default:
		return t, false
	}
	t.ID = b[0]
	if addrs > SubTupleSize {
		t.Prio = b[1]
	}
	t.Local, t.Remote, ok = pair(b[addrs:], size)
	return t, ok
}

// CloseSub is mptcp_close_sub_id; How is of the drafts' layout.
type CloseSub struct {
	ID  uint8
	How int
}

// AppendCloseSubID appends an mptcp_close_sub_id of the kernel.
func AppendCloseSubID(b []byte, id uint8) []byte { return append(b, id) }

// AppendCloseSubHow appends an mptcp_close_sub_id of the drafts.
func AppendCloseSubHow(b []byte, c CloseSub) []byte {
	return AppendInt(append(b, c.ID, 0, 0, 0), c.How)
}

// ParseCloseSub reads an mptcp_close_sub_id: the drafts' where b has its 8 octets, else the kernel's. ok is
// false where b is empty.
func ParseCloseSub(b []byte) (c CloseSub, how, ok bool) {
	if len(b) < CloseSubIDSize {
		return c, false, false
	}
	c.ID = b[0]
	if len(b) >= CloseSubHowSize {
		c.How, how = Int(b[4:])
	}
	return c, how, true
}

// SubGetsockopt is mptcp_sub_getsockopt: the arguments of a getsockopt for one subflow.
type SubGetsockopt struct {
	ID      uint8
	Level   int
	Optname int
	Optval  Pointer
	Optlen  Pointer // to an int
}

// SubSetsockopt is mptcp_sub_setsockopt: the arguments of a setsockopt for one subflow.
type SubSetsockopt struct {
	ID      uint8
	Level   int
	Optname int
	Optval  Pointer
	Optlen  uint32 // octets
}

// AppendSubGetsockopt appends an mptcp_sub_getsockopt.
func AppendSubGetsockopt(b []byte, o SubGetsockopt) []byte {
	b = appendSockopt(b, o.ID, o.Level, o.Optname, o.Optval)
	return binary.LittleEndian.AppendUint64(b, uint64(o.Optlen))
}

// AppendSubSetsockopt appends an mptcp_sub_setsockopt.
func AppendSubSetsockopt(b []byte, o SubSetsockopt) []byte {
	b = appendSockopt(b, o.ID, o.Level, o.Optname, o.Optval)
	b = binary.LittleEndian.AppendUint32(b, o.Optlen)
	return append(b, 0, 0, 0, 0)
}

func appendSockopt(b []byte, id uint8, level, name int, optval Pointer) []byte {
	b = append(b, id, 0, 0, 0)
	b = AppendInt(AppendInt(b, level), name)
	b = append(b, 0, 0, 0, 0) // optval is aligned to 8
	return binary.LittleEndian.AppendUint64(b, uint64(optval))
}

// ParseSubGetsockopt reads an mptcp_sub_getsockopt; ok is false for another length than its own.
func ParseSubGetsockopt(b []byte) (o SubGetsockopt, ok bool) {
	if len(b) != SubSockoptSize {
		return o, false
	}
	o.ID = b[0]
	o.Level, _ = Int(b[4:])
	o.Optname, _ = Int(b[8:])
	o.Optval = Pointer(binary.LittleEndian.Uint64(b[16:]))
	o.Optlen = Pointer(binary.LittleEndian.Uint64(b[24:]))
	return o, true
}

// ParseSubSetsockopt reads an mptcp_sub_setsockopt; ok is false for another length than its own.
func ParseSubSetsockopt(b []byte) (o SubSetsockopt, ok bool) {
	if len(b) != SubSockoptSize {
		return o, false
	}
	o.ID = b[0]
	o.Level, _ = Int(b[4:])
	o.Optname, _ = Int(b[8:])
	o.Optval = Pointer(binary.LittleEndian.Uint64(b[16:]))
	o.Optlen = binary.LittleEndian.Uint32(b[24:])
	return o, true
}

// SubPrio is mptcp_sub_prio, the structure of MPTCP_SUB_PRIO: a subflow and 1 for backup, 0 for regular.
type SubPrio struct {
	ID      uint8
	LowPrio uint8
}

// AppendSubPrio appends an mptcp_sub_prio.
func AppendSubPrio(b []byte, p SubPrio) []byte { return append(b, p.ID, p.LowPrio) }

// ParseSubPrio reads an mptcp_sub_prio; ok is false for another length than its own.
func ParseSubPrio(b []byte) (p SubPrio, ok bool) {
	if len(b) != SubPrioSize {
		return p, false
	}
	return SubPrio{ID: b[0], LowPrio: b[1]}, true
}
