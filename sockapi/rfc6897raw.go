package sockapi

import "mpsim/sockapi/abi"

// The octets of the options of RFC 6897: decisions of this package, see abi.TCP_MULTIPATH_ENABLE.

// getMultipath reads one of them. Errors: ENOPROTOOPT for one that can only be set, EINVAL for a buffer
// that is too small for the whole answer.
func (s *Socket) getMultipath(name int, optval []byte, optlen *int) error {
	switch name {
	case abi.TCP_MULTIPATH_ENABLE:
		on, err := s.MultipathEnable()
		if err != nil {
			return err
		}
		return answerBool(on, optval, optlen)
	case abi.TCP_MULTIPATH_SUBFLOWS:
		list, err := s.MultipathSubflows()
		if err != nil {
			return err
		}
		var b []byte
		for _, t := range list {
			b = abi.AppendSockaddr(b, abi.SockaddrOf(t.Local, t.LocalPort, abi.AF_INET))
			b = abi.AppendSockaddr(b, abi.SockaddrOf(t.Remote, t.RemotePort, abi.AF_INET))
		}
		return answerWhole(b, optval, optlen)
	case abi.TCP_MULTIPATH_CONNID:
		id, err := s.MultipathConnID()
		if err != nil {
			return err
		}
		return answerWhole(abi.AppendU32(nil, id), optval, optlen)
	}
	return ENOPROTOOPT
}

// answerWhole is answer for what must not be cut.
func answerWhole(b, optval []byte, optlen *int) error {
	if *optlen < len(b) {
		return EINVAL
	}
	return answer(b, optval, optlen)
}

// setMultipath sets one of them. Errors: ENOPROTOOPT for one that can only be read, EINVAL for a value
// that is too short or a list that is cut or has another family in it.
func (s *Socket) setMultipath(name int, optval []byte) error {
	switch name {
	case abi.TCP_MULTIPATH_ENABLE:
		v, ok := abi.Int(optval)
		if !ok {
			return EINVAL
		}
		return s.SetMultipathEnable(v != 0)
	case abi.TCP_MULTIPATH_ADD, abi.TCP_MULTIPATH_REMOVE:
		packed, ok := abi.ParseSockaddrs(optval)
		if !ok {
			return EINVAL
		}
		list := make([]MultipathAddr, 0, len(packed))
		for _, a := range packed {
			list = append(list, MultipathAddr{a.Addr, a.Port})
		}
		if name == abi.TCP_MULTIPATH_ADD {
			return s.MultipathAdd(list...)
		}
		return s.MultipathRemove(list...)
	}
	return ENOPROTOOPT
}
