package sockapi

import "mpsim/sockapi/abi"

// getsockopt(2) and setsockopt(2) by level and number, octets in and out.

// GetSockOpt is getsockopt(2). optval is the caller's buffer and *optlen the length that it gives, octets; on
// return it is the length of the answer. An answer longer than optval is EFAULT, whatever *optlen said. mem
// holds what pointers inside structures lead to; it may be nil where there are none. Errors: EBADF, EFAULT,
// EINVAL, ENOPROTOOPT for an option that is not known, and those of the option.
func (s *Socket) GetSockOpt(level, name int, mem *abi.Memory, optval []byte, optlen *int) error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case optlen == nil:
		return EFAULT
	case *optlen < 0:
		return EINVAL
	}
	if _, err := s.policy(false, level, name); err != nil {
		return err
	}
	if level == abi.IPPROTO_TCP && name >= abi.MPTCP_GET_SUB_IDS && name <= abi.MPTCP_SUB_PRIO {
		return s.getSubOption(name, mem, optval, optlen)
	}
	if handled, err := s.getNeighbour(level, name, mem, optval, optlen); handled {
		return err
	}
	return s.getOrdinary(level, name, optval, optlen)
}

// SetSockOpt is setsockopt(2), with len(optval) for optlen; the rest is as for GetSockOpt.
func (s *Socket) SetSockOpt(level, name int, mem *abi.Memory, optval []byte) error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case optval == nil:
		return EFAULT
	}
	if done, err := s.policy(true, level, name); done || err != nil {
		return err
	}
	if level == abi.IPPROTO_TCP && name >= abi.MPTCP_GET_SUB_IDS && name <= abi.MPTCP_SUB_PRIO {
		return s.setSubOption(name, mem, optval)
	}
	if handled, err := s.setNeighbour(level, name, optval); handled {
		return err
	}
	return s.setOrdinary(level, name, optval)
}

// answer hands octets to the caller of getsockopt: as many as it has said it has room for.
func answer(b, optval []byte, optlen *int) error {
	b = b[:min(len(b), *optlen)]
	if len(b) > len(optval) {
		return EFAULT
	}
	copy(optval, b)
	*optlen = len(b)
	return nil
}

// answerInt is answer for an int.
func answerInt(v int64, optval []byte, optlen *int) error {
	return answer(abi.AppendInt(nil, int(v)), optval, optlen)
}
