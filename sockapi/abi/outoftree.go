package abi

import "encoding/binary"

// Options of the out-of-tree kernel (multipath-tcp/mptcp v0.95, include/uapi/linux/tcp.h), level
// IPPROTO_TCP. OOT_MPTCP_INFO is called MPTCP_INFO there, as another one of level SOL_MPTCP is in the
// upstream kernel.
const (
	MPTCP_ENABLED      = 42
	MPTCP_SCHEDULER    = 43
	MPTCP_PATH_MANAGER = 44
	OOT_MPTCP_INFO     = 45

	MPTCP_INFO_FLAG_SAVE_MASTER = 1 // OOT_MPTCP_INFO of setsockopt: keep what is known of the first subflow
)

// Sizes, octets.
const (
	MPTCPNameSize   = 16 // of a scheduler or path manager (MPTCP_SCHED_NAME_MAX, MPTCP_PM_NAME_MAX)
	MetaInfoSize    = 48 // mptcp_meta_info
	OOTSubInfoSize  = 2 * SockaddrIn6Size
	OOTMPTCPInfoLen = 56 // mptcp_info of that kernel
)

// MetaInfo is mptcp_meta_info: the connection as if it were one TCP socket, in the units of tcp_info.
type MetaInfo struct {
	State, Retransmits, Probes, Backoff     uint8
	RTO                                     uint32 // us
	Unacked                                 uint32 // segments
	LastDataSent, LastDataRecv, LastAckRecv uint32 // ms
	TotalRetrans                            uint32 // segments
	BytesAcked, BytesReceived               uint64
}

func (i *MetaInfo) all(c *infoCodec) {
	var hole uint32
	c.u8(&i.State, &i.Retransmits, &i.Probes, &i.Backoff)
	c.u32(&i.RTO, &i.Unacked, &i.LastDataSent, &i.LastDataRecv, &i.LastAckRecv, &i.TotalRetrans, &hole)
	c.u64(&i.BytesAcked, &i.BytesReceived)
}

// AppendMetaInfo appends an mptcp_meta_info.
func AppendMetaInfo(b []byte, i *MetaInfo) []byte {
	start := len(b)
	b = append(b, make([]byte, MetaInfoSize)...)
	i.all(&infoCodec{b: b[start:], write: true})
	return b
}

// ParseMetaInfo reads as much of an mptcp_meta_info as b has; the rest is 0.
func ParseMetaInfo(b []byte) (i MetaInfo) {
	whole := make([]byte, MetaInfoSize)
	copy(whole, b)
	i.all(&infoCodec{b: whole})
	return i
}

// AppendOOTSubInfo appends an mptcp_sub_info: two socket addresses, each of the size of a sockaddr_in6.
func AppendOOTSubInfo(b []byte, a SubflowAddrs) []byte {
	return appendFilled(appendFilled(b, a.Local), a.Remote)
}

// ParseOOTSubInfo reads an mptcp_sub_info; ok is false where b is shorter.
func ParseOOTSubInfo(b []byte) (a SubflowAddrs, ok bool) {
	if len(b) < OOTSubInfoSize {
		return a, false
	}
	a.Local, a.Remote = parseStorage(b), parseStorage(b[SockaddrIn6Size:])
	return a, true
}

// appendFilled appends a sockaddr_in6, or a sockaddr_in filled up to its size.
func appendFilled(b []byte, s Sockaddr) []byte {
	if s.Family == AF_INET6 {
		return AppendSockaddrIn6(b, s)
	}
	b = AppendSockaddrIn(b, s)
	return append(b, make([]byte, SockaddrIn6Size-SockaddrInSize)...)
}

// OOTInfo is mptcp_info of the out-of-tree kernel: lengths and places of what the caller wants to know;
// null pointers for the rest. The kernel lowers the lengths to what it wrote.
type OOTInfo struct {
	TCPInfoLen      uint32 // of one element of Subflows, and of Initial
	SubLen          uint32 // of the array Subflows
	MetaLen         uint32 // of MetaInfo
	SubInfoLen      uint32 // of one element of SubflowInfo
	TotalSubInfoLen uint32 // of the array SubflowInfo
	MetaInfo        Pointer
	Initial         Pointer // a tcp_info: of the first subflow
	Subflows        Pointer // tcp_info of all
	SubflowInfo     Pointer // mptcp_sub_info of all
}

func (i *OOTInfo) all(c *infoCodec) {
	var hole uint32
	c.u32(&i.TCPInfoLen, &i.SubLen, &i.MetaLen, &i.SubInfoLen, &i.TotalSubInfoLen, &hole)
	c.u64((*uint64)(&i.MetaInfo), (*uint64)(&i.Initial), (*uint64)(&i.Subflows), (*uint64)(&i.SubflowInfo))
}

// AppendOOTInfo appends an mptcp_info of the out-of-tree kernel.
func AppendOOTInfo(b []byte, i *OOTInfo) []byte {
	start := len(b)
	b = append(b, make([]byte, OOTMPTCPInfoLen)...)
	i.all(&infoCodec{b: b[start:], write: true})
	return b
}

// ParseOOTInfo reads as much of an mptcp_info of the out-of-tree kernel as b has; the rest is 0: null
// pointers.
func ParseOOTInfo(b []byte) (i OOTInfo) {
	whole := make([]byte, OOTMPTCPInfoLen)
	copy(whole, b)
	i.all(&infoCodec{b: whole})
	return i
}

// MPTCPName is the name of a scheduler or path manager in its buffer of 16 octets, cut where it is
// longer.
func MPTCPName(name string) []byte {
	b := make([]byte, MPTCPNameSize)
	copy(b[:MPTCPNameSize-1], name)
	return b
}

// U32 reads an unsigned number of 4 octets; ok is false where b is shorter.
func U32(b []byte) (v uint32, ok bool) {
	if len(b) < IntSize {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

// AppendU32 appends an unsigned number of 4 octets.
func AppendU32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
