package sockapi

import (
	"mpsim/model/cc"
	"mpsim/model/tcp"
	"mpsim/sim/unit"
)

// MPTCP_SUB_GETSOCKOPT and MPTCP_SUB_SETSOCKOPT: ordinary options of one subflow.

// innerOption tells whether an option is one that a subflow has. Those of level SOL_SOCKET cannot be reached
// in the kernel; keepalive can with APIDraft, so that its times are of use for one subflow alone.
func (s *Socket) innerOption(o Option) bool {
	switch o {
	case NoDelay, MaxSeg, KeepIdle, KeepInterval, KeepCount, SYNCount, UserTimeout, QuickACK, NotSentLowat, TOS,
		TTL:
		return true
	case KeepAlive:
		return s.host.api == APIDraft
	default:
		return false
	}
}

// innerValue is an option of a subflow that changes nothing there, to be read back.
type innerValue struct {
	uid    uint32
	option Option
	value  int64
}

// endpoint returns the endpoint of a subflow.
func (s *Socket) endpoint(id uint8) (*tcp.Endpoint, uint32, error) {
	m, uid, err := s.sub(id)
	if err != nil {
		return nil, 0, err
	}
	e := m.Endpoint(uid)
	if e == nil {
		return nil, 0, EINVAL
	}
	return e, uid, nil
}

// SubOption is MPTCP_SUB_GETSOCKOPT for an option with a number: NoDelay, MaxSeg, KeepIdle, KeepInterval,
// KeepCount, SYNCount, UserTimeout, QuickACK, NotSentLowat, TOS, TTL, and KeepAlive with APIDraft. Units are
// those of Option. Errors: EINVAL for a number that no subflow has, ENOPROTOOPT for another option, and those
// of SubIDs.
func (s *Socket) SubOption(id uint8, o Option) (int64, error) {
	e, uid, err := s.endpoint(id)
	if err != nil {
		return 0, err
	}
	if !s.innerOption(o) {
		return 0, ENOPROTOOPT
	}
	on, idle, interval, probes := e.Keepalive()
	switch o {
	case MaxSeg: // the DSS is not taken off, as in Linux
		return e.MSS() + int64(e.OptionReserve()), nil
	case KeepAlive:
		return number(on), nil
	case KeepIdle:
		return int64(idle / unit.Second), nil
	case KeepInterval:
		return int64(interval / unit.Second), nil
	case KeepCount:
		return int64(probes), nil
	case SYNCount:
		return int64(e.SYNRetries()), nil
	case UserTimeout:
		return int64(e.UserTimeout() / unit.Millisecond), nil
	case QuickACK:
		return number(e.QuickACK()), nil
	case TOS:
		return int64(e.TOS()), nil
	case TTL:
		return int64(e.TTL()), nil
	default:
		for i := len(s.opt.inner) - 1; i >= 0; i-- {
			if v := &s.opt.inner[i]; v.uid == uid && v.option == o {
				return v.value, nil
			}
		}
		return s.Option(o)
	}
}

func number(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// SetSubOption is MPTCP_SUB_SETSOCKOPT for an option with a number: those of SubOption. It counts for this
// subflow from now on, until the same option of the socket is set, which is every subflow's. MaxSeg bounds
// what is sent, too; SYNCount counts while the subflow is being opened; UserTimeout ends the subflow
// (ETIMEDOUT), and its data goes out on others. NoDelay and NotSentLowat are of the connection, whose data no
// subflow holds back: they are kept, read back and without effect. Errors: EINVAL for a number that no
// subflow has and for a value out of its range, ENOPROTOOPT for another option, and those of SubIDs.
func (s *Socket) SetSubOption(id uint8, o Option, v int64) error {
	e, uid, err := s.endpoint(id)
	if err != nil {
		return err
	}
	if !s.innerOption(o) {
		return ENOPROTOOPT
	}
	if !inBounds(o, v) {
		return EINVAL
	}
	now := s.now()
	switch on, _, _, _ := e.Keepalive(); o {
	case KeepAlive:
		e.SetKeepalive(now, v != 0, 0, 0, 0)
	case KeepIdle:
		e.SetKeepalive(now, on, unit.Duration(v)*unit.Second, 0, 0)
	case KeepInterval:
		e.SetKeepalive(now, on, 0, unit.Duration(v)*unit.Second, 0)
	case KeepCount:
		e.SetKeepalive(now, on, 0, 0, int(v))
	case UserTimeout:
		e.SetUserTimeout(now, unit.Duration(v)*unit.Millisecond)
	case NoDelay, NotSentLowat:
		s.keepInner(innerValue{uid: uid, option: o, value: v})
	default:
		one := settings{}
		one.value[o] = v
		one.applyEndpoint(now, e, o)
	}
	return nil
}

// keepInner keeps a value, those of subflows that are gone no longer.
func (s *Socket) keepInner(v innerValue) {
	kept := s.opt.inner[:0]
	for _, old := range s.opt.inner {
		if s.conn.MPTCP().Endpoint(old.uid) != nil && (old.uid != v.uid || old.option != v.option) {
			kept = append(kept, old)
		}
	}
	s.opt.inner = append(kept, v)
}

// SubInfo is MPTCP_SUB_GETSOCKOPT for TCP_INFO, in the kernel's units. Errors: EINVAL for a number that no
// subflow has, and those of SubIDs.
func (s *Socket) SubInfo(id uint8) (tcp.TCPInfo, error) {
	e, _, err := s.endpoint(id)
	if err != nil {
		return tcp.TCPInfo{}, err
	}
	return e.TCPInfo(s.now()), nil
}

// SubCongestion is MPTCP_SUB_GETSOCKOPT for TCP_CONGESTION: the name of the subflow's congestion control in
// package model/cc. Errors: EINVAL for a number that no subflow has, and those of SubIDs.
func (s *Socket) SubCongestion(id uint8) (string, error) {
	e, _, err := s.endpoint(id)
	if err != nil {
		return "", err
	}
	return e.Controller().Name(), nil
}

// SetSubCongestion is MPTCP_SUB_SETSOCKOPT for TCP_CONGESTION: a fresh controller of that name for this
// subflow. A coupled one looks at all flows of the connection, whatever controls them. Errors: ENOENT for an
// unknown name, EINVAL for a number that no subflow has, and those of SubIDs.
func (s *Socket) SetSubCongestion(id uint8, name string) error {
	e, _, err := s.endpoint(id)
	if err != nil {
		return err
	}
	if _, err := cc.New(name); err != nil {
		return ENOENT
	}
	return e.SetCongestion(name)
}
