package sockapi

import (
	"fmt"

	"mpsim/sockapi/abi"
)

// The enhanced socket API as octets, with the checks in the order of the kernel that its authors published
// (bhesmans/mptcp, net/ipv4/tcp.c).

// getSubOption is the enhanced socket API's part of GetSockOpt.
func (s *Socket) getSubOption(name int, mem *abi.Memory, optval []byte, optlen *int) error {
	switch name {
	case abi.MPTCP_GET_SUB_IDS, abi.MPTCP_CLOSE_SUB_ID, abi.MPTCP_GET_SUB_TUPLE, abi.MPTCP_OPEN_SUB_TUPLE,
		abi.MPTCP_SUB_GETSOCKOPT:
	default:
		return ENOPROTOOPT
	}
	if _, err := s.subConn(); err != nil {
		return err
	}
	switch name {
	case abi.MPTCP_GET_SUB_IDS:
		return s.rawSubIDs(optval, optlen)
	case abi.MPTCP_CLOSE_SUB_ID:
		return s.rawCloseSub(optval, *optlen)
	case abi.MPTCP_GET_SUB_TUPLE:
		return s.rawSubTuple(optval, optlen)
	case abi.MPTCP_OPEN_SUB_TUPLE:
		return s.rawOpenSub(optval, *optlen)
	default:
		return s.rawSubGetsockopt(mem, optval, *optlen)
	}
}

// setSubOption is the enhanced socket API's part of SetSockOpt.
func (s *Socket) setSubOption(name int, mem *abi.Memory, optval []byte) error {
	prio := name == abi.MPTCP_SUB_PRIO && s.host.api == APIDraft
	if name != abi.MPTCP_SUB_SETSOCKOPT && !prio {
		return ENOPROTOOPT
	}
	if _, err := s.subConn(); err != nil {
		return err
	}
	if prio {
		p, ok := abi.ParseSubPrio(optval)
		if !ok || p.LowPrio > 1 {
			return EINVAL
		}
		return s.SubPrio(p.ID, p.LowPrio != 0)
	}
	return s.rawSubSetsockopt(mem, optval)
}

// rawSubIDs gives all subflows or, where the buffer is too small, nothing.
func (s *Socket) rawSubIDs(optval []byte, optlen *int) error {
	subs, err := s.SubIDs()
	if err != nil {
		return err
	}
	if *optlen < abi.SubIDsLen(len(subs)) {
		return EINVAL
	}
	all := make([]abi.SubStatus, 0, len(subs))
	for i := range subs {
		st := abi.SubStatus{ID: subs[i].ID}
		for _, f := range [...]struct {
			on  bool
			bit uint8
		}{{subs[i].Slave, abi.SlaveSk}, {subs[i].FullyEstablished, abi.FullyEstablished},
			{subs[i].Attached, abi.Attached}, {subs[i].LowPrio, abi.LowPrio},
			{subs[i].PreEstablished, abi.PreEstablished}} {
			if f.on {
				st.Flags |= f.bit
			}
		}
		all = append(all, st)
	}
	return answer(abi.AppendSubIDs(nil, all), optval, optlen)
}

// rawCloseSub takes the kernel's structure or, with APIDraft, that of the drafts, which has how. The kernel asks
// for no more than that the length be enough.
func (s *Socket) rawCloseSub(optval []byte, optlen int) error {
	if optlen < abi.CloseSubIDSize {
		return EINVAL
	}
	if optlen > len(optval) {
		return EFAULT
	}
	c, given, _ := abi.ParseCloseSub(optval[:optlen])
	if !given && optlen > abi.CloseSubIDSize && s.host.api == APIDraft {
		return EINVAL // neither structure: a how that is not at its place must not become a RST
	}
	how := Reset
	if given {
		how = How(c.How)
	}
	return s.CloseSub(c.ID, how)
}

func (s *Socket) rawSubTuple(optval []byte, optlen *int) error {
	if *optlen < abi.SubTupleSize {
		return EINVAL
	}
	if len(optval) < abi.SubTupleSize {
		return EFAULT
	}
	id := optval[0]
	t, err := s.SubTuple(id)
	if err != nil {
		return err
	}
	a := abi.SubTuple{ID: id, Local: abi.SockaddrOf(t.Local, t.LocalPort, abi.AF_INET),
		Remote: abi.SockaddrOf(t.Remote, t.RemotePort, abi.AF_INET)}
	var b []byte
	if t.Remote.Is4() {
		b = abi.AppendSubTuple4(nil, a)
	} else {
		b = abi.AppendSubTuple6(nil, a)
	}
	if *optlen < len(b) {
		return EINVAL
	}
	return answer(b, optval, optlen)
}

// rawOpenSub takes the structure of the length that optlen says. The kernel goes by the length alone;
// APIDraft wants the families of both addresses to agree with it, takes the structure of draft -00 with prio,
// too, and writes the number of the subflow into id.
func (s *Socket) rawOpenSub(optval []byte, optlen int) error {
	draft := s.host.api == APIDraft
	family := uint16(abi.AF_INET)
	switch {
	case optlen == abi.SubTuple4Size, draft && optlen == abi.SubTuplePrio4Size:
	case optlen == abi.SubTuple6Size, draft && optlen == abi.SubTuplePrio6Size:
		family = abi.AF_INET6
	default:
		return EINVAL
	}
	if optlen > len(optval) {
		return EFAULT
	}
	t, _ := abi.ParseSubTuple(optval[:optlen])
	if draft && (t.Local.Family != family || t.Remote.Family != family || t.Prio > 1) {
		return EINVAL
	}
	if err := s.wildcards(t, family); err != nil {
		return err
	}
	r := OpenRequest{Backup: t.Prio != 0}
	r.Local, r.LocalPort, r.Remote, r.RemotePort = t.Local.Addr, t.Local.Port, t.Remote.Addr, t.Remote.Port
	id, err := s.OpenSub(r)
	if err == nil && draft {
		optval[0] = id
	}
	return err
}

// wildcards is EAFNOSUPPORT where both addresses are wildcards of another family than the peer's address of the
// connection, for which the remote one stands: the addresses alone do not tell the family then.
func (s *Socket) wildcards(t abi.SubTuple, family uint16) error {
	m, err := s.subConn()
	if err != nil || t.Local.Addr.IsValid() || t.Remote.Addr.IsValid() {
		return err
	}
	if peer, _ := m.Remote(); peer.Is4() != (family == abi.AF_INET) {
		return fmt.Errorf("%w: the peer's address of the connection, for which the wildcard stands, is %s",
			EAFNOSUPPORT, peer)
	}
	return nil
}

// innerLevel tells whether a subflow has options of a level; family6 is its own.
func (s *Socket) innerLevel(level, name int, family6 bool) bool {
	switch level {
	case abi.IPPROTO_TCP, abi.IPPROTO_IP:
		return true
	case abi.IPPROTO_IPV6:
		return family6
	}
	return level == abi.SOL_SOCKET && name == abi.SO_KEEPALIVE && s.host.api == APIDraft
}

// rawSubGetsockopt is getsockopt for one subflow.
func (s *Socket) rawSubGetsockopt(mem *abi.Memory, optval []byte, optlen int) error {
	if optlen != abi.SubSockoptSize {
		return EINVAL
	}
	if optlen > len(optval) {
		return EFAULT
	}
	o, _ := abi.ParseSubGetsockopt(optval[:optlen])
	e, _, err := s.endpoint(o.ID)
	if err != nil {
		return err
	}
	lenAt, ok := mem.Bytes(o.Optlen, abi.IntSize)
	if !ok {
		return EFAULT
	}
	n, _ := abi.Int(lenAt)
	if n < 0 {
		return EINVAL
	}
	remote, _ := e.Remote()
	if !s.innerLevel(o.Level, o.Optname, !remote.Is4()) {
		if remote.Is4() {
			return EOPNOTSUPP // Linux before 6.1, do_ip_getsockopt; setsockopt has another error
		}
		return ENOPROTOOPT
	}
	value, err := s.innerOctets(o.ID, o.Level, o.Optname)
	if err != nil {
		return err
	}
	value = value[:min(n, len(value))]
	to, ok := mem.Bytes(o.Optval, len(value))
	if !ok && len(value) > 0 {
		return EFAULT
	}
	copy(to, value)
	abi.PutInt(lenAt, len(value))
	return nil
}

// innerOctets is an option of a subflow as getsockopt gives it.
func (s *Socket) innerOctets(id uint8, level, name int) ([]byte, error) {
	switch {
	case level == abi.IPPROTO_TCP && name == abi.TCP_INFO:
		i, err := s.SubInfo(id)
		return s.infoOctets(&i), err
	case level == abi.IPPROTO_TCP && name == abi.TCP_CONGESTION:
		c, err := s.SubCongestion(id)
		return congestionName(c), err
	}
	o, ok := optionOf(level, name)
	if !ok {
		return nil, ENOPROTOOPT
	}
	v, err := s.SubOption(id, o)
	return abi.AppendInt(nil, int(v)), err
}

// rawSubSetsockopt is setsockopt for one subflow.
func (s *Socket) rawSubSetsockopt(mem *abi.Memory, optval []byte) error {
	o, ok := abi.ParseSubSetsockopt(optval)
	if !ok {
		return EINVAL
	}
	e, _, err := s.endpoint(o.ID)
	if err != nil {
		return err
	}
	remote, _ := e.Remote()
	if !s.innerLevel(o.Level, o.Optname, !remote.Is4()) {
		return ENOPROTOOPT
	}
	value, mapped := mem.Bytes(o.Optval, int(o.Optlen))
	if o.Level == abi.IPPROTO_TCP && o.Optname == abi.TCP_CONGESTION {
		if o.Optlen == 0 {
			return EINVAL
		}
		at, ok := mem.At(o.Optval)
		if !ok {
			return EFAULT
		}
		return s.SetSubCongestion(o.ID, controllerName(at[:min(len(at), int(o.Optlen))]))
	}
	option, ok := optionOf(o.Level, o.Optname)
	if !ok || !s.innerOption(option) {
		return ENOPROTOOPT
	}
	if !mapped && o.Optlen > 0 {
		return EFAULT
	}
	v, err := intValue(o.Level, option, value)
	if err != nil {
		return err
	}
	return s.SetSubOption(o.ID, option, v)
}
