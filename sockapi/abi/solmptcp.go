package abi

import (
	"encoding/binary"

	"mpsim/model/tcp"
	"mpsim/model/wire"
)

// Options of level SOL_MPTCP (include/uapi/linux/mptcp.h), all for getsockopt, and the one at level
// IPPROTO_TCP that tells whether a socket is an MPTCP one. Its number is MPTCP_SCHEDULER's of the
// out-of-tree kernel.
const (
	MPTCP_INFO          = 1
	MPTCP_TCPINFO       = 2
	MPTCP_SUBFLOW_ADDRS = 3
	MPTCP_FULL_INFO     = 4

	TCP_IS_MPTCP = 43
)

// Sizes, octets.
const (
	MPTCPInfoSize    = 96
	SubflowDataSize  = 16  // mptcp_subflow_data, without the array behind it
	SockaddrStorage  = 128 // sockaddr_storage
	SubflowAddrsSize = 2 * SockaddrStorage
	SubflowInfoSize  = 8 + SubflowAddrsSize // mptcp_subflow_info: the addresses are aligned to 8
	FullInfoHeadSize = 40                   // mptcp_full_info up to its mptcp_info
	FullInfoSize     = FullInfoHeadSize + MPTCPInfoSize
)

// Bits of MPTCPInfo.Flags.
const (
	InfoFlagFallback          uint32 = 1 << iota // MPTCP_INFO_FLAG_FALLBACK
	InfoFlagRemoteKeyReceived                    // MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED
)

// MPTCPInfo is struct mptcp_info of Linux 6.18 without the prefixes. Its fields came in the order in
// which they stand; a shorter buffer gets an older version's. Subflows counts those beyond the first. The
// maxima are the limits and endpoints of the path manager in the kernel. Sequence numbers are absolute,
// sizes octets of payload, ages milliseconds.
type MPTCPInfo struct {
	Subflows, AddAddrSignal, AddAddrAccepted           uint8
	SubflowsMax, AddAddrSignalMax, AddAddrAcceptedMax  uint8
	Flags, Token                                       uint32
	WriteSeq, SndUna, RcvNxt                           uint64
	LocalAddrUsed, LocalAddrMax, CsumEnabled           uint8 // 5.12, 5.12, 5.14
	Retransmits                                        uint32
	BytesRetrans, BytesSent, BytesReceived, BytesAcked uint64 // 6.5
	SubflowsTotal                                      uint8  // 6.8
	EndpLaminarMax                                     uint8  // 6.18
	LastDataSent, LastDataRecv, LastAckRecv            uint32 // 6.10
}

// all goes over a struct mptcp_info in the order of its fields, either way.
func (i *MPTCPInfo) all(c *infoCodec) {
	var hole [3]uint8
	c.u8(&i.Subflows, &i.AddAddrSignal, &i.AddAddrAccepted)
	c.u8(&i.SubflowsMax, &i.AddAddrSignalMax, &i.AddAddrAcceptedMax, &hole[0], &hole[1])
	c.u32(&i.Flags, &i.Token)
	c.u64(&i.WriteSeq, &i.SndUna, &i.RcvNxt)
	hole = [3]uint8{}
	c.u8(&i.LocalAddrUsed, &i.LocalAddrMax, &i.CsumEnabled, &hole[0])
	c.u32(&i.Retransmits)
	c.u64(&i.BytesRetrans, &i.BytesSent, &i.BytesReceived, &i.BytesAcked)
	hole = [3]uint8{}
	c.u8(&i.SubflowsTotal, &i.EndpLaminarMax, &hole[0], &hole[1])
	c.u32(&i.LastDataSent, &i.LastDataRecv, &i.LastAckRecv)
}

// AppendMPTCPInfo appends a struct mptcp_info.
func AppendMPTCPInfo(b []byte, i *MPTCPInfo) []byte {
	start := len(b)
	b = append(b, make([]byte, MPTCPInfoSize)...)
	i.all(&infoCodec{b: b[start:], write: true})
	return b
}

// ParseMPTCPInfo reads as much of a struct mptcp_info as b has; the rest is 0.
func ParseMPTCPInfo(b []byte) (i MPTCPInfo) {
	whole := make([]byte, MPTCPInfoSize)
	copy(whole, b)
	i.all(&infoCodec{b: whole})
	return i
}

// SubflowData is mptcp_subflow_data, the head of what MPTCP_TCPINFO and MPTCP_SUBFLOW_ADDRS exchange. The
// caller gives Size (of this structure, octets) and SizeUser (of one element of the array that begins
// there); the kernel gives the number of subflows, also where the array is too small for them, and
// SizeKernel, and lowers SizeUser to it.
type SubflowData struct {
	Size, NumSubflows, SizeKernel, SizeUser uint32
}

// AppendSubflowData appends an mptcp_subflow_data.
func AppendSubflowData(b []byte, d SubflowData) []byte {
	return appendU32(b, d.Size, d.NumSubflows, d.SizeKernel, d.SizeUser)
}

// ParseSubflowData reads an mptcp_subflow_data; ok is false where b is shorter.
func ParseSubflowData(b []byte) (d SubflowData, ok bool) {
	if len(b) < SubflowDataSize {
		return d, false
	}
	c := infoCodec{b: b}
	c.u32(&d.Size, &d.NumSubflows, &d.SizeKernel, &d.SizeUser)
	return d, true
}

// SubflowAddrs is mptcp_subflow_addrs: two sockaddr_storage.
type SubflowAddrs struct {
	Local, Remote Sockaddr
}

// AppendSubflowAddrs appends an mptcp_subflow_addrs.
func AppendSubflowAddrs(b []byte, a SubflowAddrs) []byte {
	return appendStorage(appendStorage(b, a.Local), a.Remote)
}

// ParseSubflowAddrs reads an mptcp_subflow_addrs; ok is false where b is shorter.
func ParseSubflowAddrs(b []byte) (a SubflowAddrs, ok bool) {
	if len(b) < SubflowAddrsSize {
		return a, false
	}
	a.Local, a.Remote = parseStorage(b), parseStorage(b[SockaddrStorage:])
	return a, true
}

// appendStorage appends a sockaddr_in or sockaddr_in6, filled up to a sockaddr_storage.
func appendStorage(b []byte, s Sockaddr) []byte {
	start := len(b)
	if s.Family == AF_INET6 {
		b = AppendSockaddrIn6(b, s)
	} else {
		b = AppendSockaddrIn(b, s)
	}
	return append(b, make([]byte, start+SockaddrStorage-len(b))...)
}

func parseStorage(b []byte) (s Sockaddr) {
	if binary.LittleEndian.Uint16(b) == AF_INET6 {
		s, _ = ParseSockaddrIn6(b)
		s.Addr = orWildcard(s.Addr)
		return s
	}
	s, _ = ParseSockaddrIn(b)
	return s
}

// orWildcard turns the unspecified address of IPv6 into the zero Addr.
func orWildcard(a wire.Addr) wire.Addr {
	if a.Hi == 0 && a.Lo == 0 {
		return wire.Addr{}
	}
	return a
}

// SubflowInfo is mptcp_subflow_info: ID is the subflow's number in its connection, from 1 and never used
// again.
type SubflowInfo struct {
	ID    uint32
	Addrs SubflowAddrs
}

// AppendSubflowInfo appends an mptcp_subflow_info.
func AppendSubflowInfo(b []byte, i SubflowInfo) []byte {
	return AppendSubflowAddrs(appendU32(b, i.ID, 0), i.Addrs)
}

// ParseSubflowInfo reads an mptcp_subflow_info; ok is false where b is shorter.
func ParseSubflowInfo(b []byte) (i SubflowInfo, ok bool) {
	if len(b) < SubflowInfoSize {
		return i, false
	}
	i.ID = binary.LittleEndian.Uint32(b)
	i.Addrs, ok = ParseSubflowAddrs(b[8:])
	return i, ok
}

// FullInfo is mptcp_full_info. The caller gives the sizes of its elements, how many there is room for in
// both arrays, and where these are; the rest is the kernel's.
type FullInfo struct {
	SizeTCPInfoKernel, SizeTCPInfoUser uint32
	SizeSFInfoKernel, SizeSFInfoUser   uint32
	NumSubflows, SizeArraysUser        uint32
	SubflowInfo, TCPInfo               Pointer // arrays of mptcp_subflow_info and of tcp_info
	Info                               MPTCPInfo
}

// all goes over the head of a struct mptcp_full_info, either way.
func (f *FullInfo) head(c *infoCodec) {
	c.u32(&f.SizeTCPInfoKernel, &f.SizeTCPInfoUser, &f.SizeSFInfoKernel, &f.SizeSFInfoUser)
	c.u32(&f.NumSubflows, &f.SizeArraysUser)
	c.u64((*uint64)(&f.SubflowInfo), (*uint64)(&f.TCPInfo))
}

// AppendFullInfo appends a struct mptcp_full_info.
func AppendFullInfo(b []byte, f *FullInfo) []byte {
	start := len(b)
	b = append(b, make([]byte, FullInfoHeadSize)...)
	f.head(&infoCodec{b: b[start:], write: true})
	return AppendMPTCPInfo(b, &f.Info)
}

// ParseFullInfo reads a struct mptcp_full_info, of its mptcp_info as much as there is; ok is false where
// b is shorter than its head.
func ParseFullInfo(b []byte) (f FullInfo, ok bool) {
	if len(b) < FullInfoHeadSize {
		return f, false
	}
	f.head(&infoCodec{b: b})
	f.Info = ParseMPTCPInfo(b[FullInfoHeadSize:])
	return f, true
}

// appendU32 appends numbers of 4 octets.
func appendU32(b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// ListenInfo is what tcp_info tells of a listening socket that nobody waits at: its state.
func ListenInfo() tcp.TCPInfo { return tcp.TCPInfo{State: 10} } // TCP_LISTEN
