package sockapi

import (
	"math"

	"mpsim/sockapi/abi"
)

// The octets of the options of level SOL_MPTCP (Linux 6.18, net/mptcp/sockopt.c). Caller and kernel each
// say how large their structures are, and the shorter ones are copied.

// getSolMPTCP reads an option of level SOL_MPTCP. Errors: those of MPTCPInfo; EOPNOTSUPP for a number
// that the level does not have; EINVAL where a length is too small or too large, or a field that must be
// 0 is not; EFAULT.
func (s *Socket) getSolMPTCP(name int, mem *abi.Memory, optval []byte, optlen *int) error {
	if err := s.solMPTCP(); err != nil {
		return err
	}
	switch name {
	case abi.MPTCP_INFO:
		i := s.mptcpInfo() // no octets of it: the way to ask whether the connection has fallen back
		return answer(abi.AppendMPTCPInfo(nil, &i), optval, optlen)
	case abi.MPTCP_TCPINFO:
		list := s.mptcpSubflows()
		return s.subflowArray(abi.TCPInfoSize, len(list), optval, optlen, func(k int) []byte {
			return abi.AppendTCPInfo(nil, &list[k].TCP)
		})
	case abi.MPTCP_SUBFLOW_ADDRS:
		list := s.mptcpSubflows()
		return s.subflowArray(abi.SubflowAddrsSize, len(list), optval, optlen, func(k int) []byte {
			return abi.AppendSubflowAddrs(nil, list[k].addrs())
		})
	case abi.MPTCP_FULL_INFO:
		return s.getFullInfo(mem, optval, optlen)
	}
	return EOPNOTSUPP
}

// subflowArray answers with an mptcp_subflow_data and the array behind it: count elements of size octets
// each, those that there is room for.
func (s *Socket) subflowArray(size, count int, optval []byte, optlen *int, element func(k int) []byte) error {
	d, err := subflowData(optval, *optlen)
	if err != nil {
		return err
	}
	room, copied := *optlen-int(d.Size), 0
	d.NumSubflows, d.SizeKernel, d.SizeUser = uint32(count), uint32(size), min(d.SizeUser, uint32(size))
	to := optval[min(int(d.Size), len(optval)):]
	for k := range count {
		n := int(d.SizeUser)
		if room == 0 || room < n {
			continue
		}
		if n > len(to) {
			return EFAULT
		}
		copy(to[:n], element(k))
		to, room, copied = to[n:], room-n, copied+n
	}
	copy(optval, abi.AppendSubflowData(nil, d))
	*optlen = abi.SubflowDataSize
	if copied > 0 {
		*optlen = int(d.Size) + copied
	}
	return nil
}

// subflowData reads and judges what the caller has said of its structures.
func subflowData(optval []byte, optlen int) (d abi.SubflowData, err error) {
	if optlen < abi.SubflowDataSize {
		return d, EINVAL
	}
	d, ok := abi.ParseSubflowData(optval)
	switch {
	case !ok:
		return d, EFAULT
	case d.Size > math.MaxInt32, d.SizeUser > math.MaxInt32:
		return d, EINVAL
	case d.Size < abi.SubflowDataSize, int(d.Size) > optlen:
		return d, EINVAL
	case d.NumSubflows != 0, d.SizeKernel != 0:
		return d, EINVAL
	}
	return d, nil
}

// getFullInfo is MPTCP_FULL_INFO: the arrays are where pointers say.
func (s *Socket) getFullInfo(mem *abi.Memory, optval []byte, optlen *int) error {
	if *optlen < abi.FullInfoHeadSize {
		return EINVAL
	}
	f, ok := abi.ParseFullInfo(optval)
	switch {
	case !ok:
		return EFAULT
	case f.SizeTCPInfoKernel != 0, f.SizeSFInfoKernel != 0, f.NumSubflows != 0:
		return EINVAL
	case f.SizeTCPInfoUser > math.MaxInt32, f.SizeSFInfoUser > math.MaxInt32:
		return EINVAL
	}
	f.Info = s.mptcpInfo()
	f.SizeTCPInfoKernel, f.SizeTCPInfoUser = abi.TCPInfoSize, min(f.SizeTCPInfoUser, abi.TCPInfoSize)
	f.SizeSFInfoKernel, f.SizeSFInfoUser = abi.SubflowInfoSize, min(f.SizeSFInfoUser, abi.SubflowInfoSize)
	list := s.mptcpSubflows()
	for k := range min(uint64(len(list)), uint64(f.SizeArraysUser)) {
		i := abi.SubflowInfo{ID: list[k].ID, Addrs: list[k].addrs()}
		at := f.SubflowInfo + abi.Pointer(k*uint64(f.SizeSFInfoUser))
		if err := store(mem, at, abi.AppendSubflowInfo(nil, i)[:f.SizeSFInfoUser]); err != nil {
			return err
		}
		at = f.TCPInfo + abi.Pointer(k*uint64(f.SizeTCPInfoUser))
		if err := store(mem, at, abi.AppendTCPInfo(nil, &list[k].TCP)[:f.SizeTCPInfoUser]); err != nil {
			return err
		}
	}
	f.NumSubflows = uint32(len(list))
	return answer(abi.AppendFullInfo(nil, &f), optval, optlen)
}

// store writes octets to where a pointer leads; none are written anywhere.
func store(mem *abi.Memory, at abi.Pointer, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	to, ok := mem.Bytes(at, len(b))
	if !ok {
		return EFAULT
	}
	copy(to, b)
	return nil
}
