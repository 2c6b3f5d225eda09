package sockapi

import "mpsim/sockapi/abi"

// Options of other interfaces than the enhanced socket API: what GetSockOpt and SetSockOpt do not know
// themselves comes here. Which of them a host has depends on its API, since two numbers stand for
// different options in different kernels:
//
//	                                  APIDraft   APILinuxFork   APIUpstream
//	RFC 6897 (rfc6897.go)             yes        -              -
//	level SOL_MPTCP (solmptcp.go)     yes        -              yes
//	42, 44, 45 (outoftree.go)         yes        yes            -
//	43 is MPTCP_SCHEDULER             yes        yes            -
//	43 is TCP_IS_MPTCP                an int     -              yes
//
// No kernel is like APIDraft: there, getsockopt of 43 is TCP_IS_MPTCP for a buffer of at most 4 octets,
// which is what a caller has for an int, and MPTCP_SCHEDULER for a larger one, which is what a name
// needs.

// getNeighbour reads an option of a neighbouring interface; handled is false for one that it does not
// have. The socket is not closed, optlen is not nil, *optlen is not negative.
func (s *Socket) getNeighbour(level, name int, mem *abi.Memory, optval []byte, optlen *int) (handled bool,
	err error) {
	api := s.host.API()
	switch {
	case level == abi.SOL_MPTCP:
		return true, s.getSolMPTCP(name, mem, optval, optlen)
	case level != abi.IPPROTO_TCP:
		return false, nil
	case name == abi.TCP_IS_MPTCP && (api == APIUpstream || api == APIDraft && *optlen <= abi.IntSize):
		return true, s.getIsMPTCP(optval, optlen)
	case api != APIUpstream && name >= abi.MPTCP_ENABLED && name <= abi.OOT_MPTCP_INFO:
		return true, s.getOutOfTree(name, mem, optval, optlen)
	case api == APIDraft && name >= abi.TCP_MULTIPATH_ENABLE && name <= abi.TCP_MULTIPATH_CONNID:
		return true, s.getMultipath(name, optval, optlen)
	}
	return false, nil
}

// setNeighbour sets an option of a neighbouring interface; handled is false for one that it does not
// have. The socket is not closed, optval is not nil.
func (s *Socket) setNeighbour(level, name int, optval []byte) (handled bool, err error) {
	api := s.host.API()
	switch {
	case level != abi.IPPROTO_TCP:
		return false, nil
	case api != APIUpstream && name >= abi.MPTCP_ENABLED && name <= abi.OOT_MPTCP_INFO:
		return true, s.setOutOfTree(name, optval)
	case api == APIDraft && name >= abi.TCP_MULTIPATH_ENABLE && name <= abi.TCP_MULTIPATH_CONNID:
		return true, s.setMultipath(name, optval)
	}
	return false, nil
}

// getIsMPTCP is TCP_IS_MPTCP: 1 or 0, as one octet where the caller has less room than for an int.
func (s *Socket) getIsMPTCP(optval []byte, optlen *int) error {
	v, err := s.Option(IsMPTCP)
	if err != nil {
		return err
	}
	if *optlen < abi.IntSize && *optlen > 0 {
		return answer([]byte{uint8(v)}, optval, optlen)
	}
	return answerInt(v, optval, optlen)
}
