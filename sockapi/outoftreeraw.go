package sockapi

import "mpsim/sockapi/abi"

// The octets of the options of the out-of-tree kernel.

// getOutOfTree reads one of them.
func (s *Socket) getOutOfTree(name int, mem *abi.Memory, optval []byte, optlen *int) error {
	switch name {
	case abi.MPTCP_ENABLED:
		on, err := s.MPTCPEnabled()
		if err != nil {
			return err
		}
		return answerBool(on, optval, optlen)
	case abi.MPTCP_SCHEDULER:
		text, err := s.MPTCPScheduler()
		if err != nil {
			return err
		}
		return answer(abi.MPTCPName(text), optval, optlen)
	case abi.MPTCP_PATH_MANAGER:
		text, err := s.MPTCPPathManager()
		if err != nil {
			return err
		}
		return answer(abi.MPTCPName(text), optval, optlen)
	default:
		return s.getOutOfTreeInfo(mem, optval, optlen)
	}
}

// setOutOfTree sets one of them. Errors: EINVAL for a value that is too short, before all others.
func (s *Socket) setOutOfTree(name int, optval []byte) error {
	if name == abi.MPTCP_SCHEDULER || name == abi.MPTCP_PATH_MANAGER {
		if len(optval) < 1 {
			return EINVAL
		}
		text := abi.Text(optval[:min(len(optval), abi.MPTCPNameSize-1)])
		if name == abi.MPTCP_SCHEDULER {
			return s.SetMPTCPScheduler(text)
		}
		return s.SetMPTCPPathManager(text)
	}
	v, ok := abi.Int(optval)
	switch {
	case !ok:
		return EINVAL
	case name == abi.MPTCP_ENABLED:
		return s.SetMPTCPEnabled(v != 0)
	}
	return s.SaveFirstSubflow(v&abi.MPTCP_INFO_FLAG_SAVE_MASTER != 0)
}

func answerBool(on bool, optval []byte, optlen *int) error {
	if on {
		return answerInt(1, optval, optlen)
	}
	return answerInt(0, optval, optlen)
}

// getOutOfTreeInfo is MPTCP_INFO: what the caller's structure has a pointer for is written there.
func (s *Socket) getOutOfTreeInfo(mem *abi.Memory, optval []byte, optlen *int) error {
	i, err := s.OutOfTreeInfo()
	if err != nil {
		return err
	}
	n := min(*optlen, abi.OOTMPTCPInfoLen)
	if n > len(optval) {
		return EFAULT
	}
	q := abi.ParseOOTInfo(optval[:n])
	if q.MetaInfo != 0 {
		q.MetaLen = min(q.MetaLen, abi.MetaInfoSize)
		if err := store(mem, q.MetaInfo, abi.AppendMetaInfo(nil, &i.Meta)[:q.MetaLen]); err != nil {
			return err
		}
	}
	size := uint32(abi.TCPInfoSize)
	if s.host.api == APILinuxFork {
		size = abi.TCPInfoForkSize
	}
	q.TCPInfoLen = min(q.TCPInfoLen, size)
	if q.Initial != 0 {
		first, err := s.FirstSubflowInfo()
		if err != nil {
			return err
		}
		if err := store(mem, q.Initial, abi.AppendTCPInfo(nil, &first)[:q.TCPInfoLen]); err != nil {
			return err
		}
	}
	if q.Subflows != 0 {
		q.SubLen, err = storeAll(mem, q.Subflows, q.SubLen, q.TCPInfoLen, i.Subflows, func(f *MPTCPSubflow) []byte {
			return abi.AppendTCPInfo(nil, &f.TCP)
		})
		if err != nil {
			return err
		}
	}
	if q.SubflowInfo != 0 {
		q.SubInfoLen = min(q.SubInfoLen, abi.OOTSubInfoSize)
		q.TotalSubInfoLen, err = storeAll(mem, q.SubflowInfo, q.TotalSubInfoLen, q.SubInfoLen, i.Subflows,
			func(f *MPTCPSubflow) []byte { return abi.AppendOOTSubInfo(nil, f.addrs()) })
		if err != nil {
			return err
		}
	}
	return answer(abi.AppendOOTInfo(nil, &q), optval[:n], optlen)
}

// storeAll writes an array of elements of size octets each into room octets, the last one cut where it
// does not fit. It returns the octets written.
func storeAll(mem *abi.Memory, at abi.Pointer, room, size uint32, list []MPTCPSubflow,
	element func(f *MPTCPSubflow) []byte) (written uint32, err error) {
	for k := range list {
		n := min(room-written, size)
		if err := store(mem, at+abi.Pointer(written), element(&list[k])[:n]); err != nil {
			return 0, err
		}
		if written += n; written == room {
			break
		}
	}
	return written, nil
}
