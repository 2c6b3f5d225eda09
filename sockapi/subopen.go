package sockapi

import (
	"fmt"

	"mpsim/model/mptcp"
)

// Opening, closing and ranking subflows.

// OpenRequest is what MPTCP_OPEN_SUB_TUPLE asks for.
type OpenRequest struct {
	// SubTuple has the addresses. Local zero: an address of the host that routing chooses. LocalPort 0: an
	// ephemeral one. Remote zero: the peer's address of the connection. RemotePort 0: the peer's port of the
	// connection.
	SubTuple
	Backup    bool   // prio of the drafts: the B flag of MP_JOIN
	Interface string // if_idx of drafts -02 and -03: the name of the interface that Local must be of; empty: any
}

// firstFreePort is the first port that needs no privilege (net.ipv4.ip_unprivileged_port_start).
const firstFreePort = 1024

// OpenSub is MPTCP_OPEN_SUB_TUPLE: bind and connect for one more subflow. The SYN is on its way when it
// returns; whether the subflow comes up SubIDs tells later, or an event. With APILinuxFork id is 0, and
// Backup and Interface are not looked at. The side that accepted may open subflows, too; often the other one
// is behind a NAT, or takes no joins where nobody listens.
//
// Errors: EINVAL for addresses of different families and an unknown interface; EACCES for a local port below
// 1024 (security section of the drafts), and at the peer's first address and port where it said that it takes
// no joins (the C flag, RFC 8684 section 3.1); EAGAIN before the connection is fully established and ENOTCONN
// once it is closing, as the netlink interface has it; EPERM where 31 subflows have all numbers or the host's
// limit is reached; EADDRNOTAVAIL for an address that the host has not, or when no port is left; EADDRINUSE;
// ENETUNREACH without a route; EAFNOSUPPORT where Local is of another family than the peer's address that
// Remote stands for; those of SubIDs.
func (s *Socket) OpenSub(r OpenRequest) (id uint8, err error) {
	m, err := s.subConn()
	if err != nil {
		return 0, err
	}
	q := mptcp.SubflowRequest{Local: r.Local, LocalPort: r.LocalPort, Remote: r.Remote, RemotePort: r.RemotePort,
		Interface: -1, Anywhere: true}
	if s.host.api == APIDraft {
		q.Backup = r.Backup
		if q.Interface, err = s.interfaceNamed(m, r.Interface); err != nil {
			return 0, err
		}
	}
	switch {
	case r.Local.IsValid() && r.Remote.IsValid() && r.Local.Is4() != r.Remote.Is4():
		return 0, EINVAL
	case r.LocalPort > 0 && r.LocalPort < firstFreePort:
		return 0, EACCES
	}
	uid, err := m.OpenSubflow(s.now(), q)
	if err != nil {
		return 0, subError(err)
	}
	if s.host.api == APILinuxFork {
		return 0, nil
	}
	i, _ := m.Subflow(uid)
	return i.Index, nil
}

// interfaceNamed returns the index of an interface, -1 for no name.
func (s *Socket) interfaceNamed(m *mptcp.Conn, name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	if h, ok := m.Stack().Host().(interface{ InterfaceNamed(name string) int }); ok {
		if i := h.InterfaceNamed(name); i >= 0 {
			return i, nil
		}
	}
	return -1, fmt.Errorf("%w: the host has no interface %q", EINVAL, name)
}

// How is how CloseSub ends a subflow.
type How int

// Values of How. The first three are those of shutdown(2); the drafts name a fourth one, RST, without a
// value.
const (
	ShutRd   How = 0 // no more data is taken from it: nothing goes on the wire
	ShutWr   How = 1 // FIN after what was sent on it
	ShutRdWr How = 2 // FIN, and what still comes is refused by RST
	Reset    How = 4 // RST
	Silent   How = 5 // of APILinuxFork: nothing is sent, the peer finds out when it sends
)

// CloseSub is MPTCP_CLOSE_SUB_ID. Data of the subflow that the peer has not acknowledged goes out on the
// others at once. Closing the last subflow is allowed: the connection waits for another (break before make)
// for as long as its host says. With APILinuxFork how is always Silent. Errors: EINVAL for a number that no
// subflow has or a how that is none of those, ENOTCONN for a connection that has been aborted, and those of
// SubIDs.
func (s *Socket) CloseSub(id uint8, how How) error {
	m, uid, err := s.sub(id)
	if err != nil {
		return err
	}
	if s.host.api == APILinuxFork {
		how = Silent
	}
	var c mptcp.CloseHow
	switch how {
	case ShutRd:
		c = mptcp.CloseRead
	case ShutWr:
		c = mptcp.CloseWrite
	case ShutRdWr:
		c = mptcp.CloseBoth
	case Reset:
		c = mptcp.CloseReset
	case Silent:
		c = mptcp.CloseSilent
	default:
		return EINVAL
	}
	return subError(m.CloseSubflow(s.now(), uid, c))
}

// SubPrio makes a subflow backup or regular and tells the peer so by MP_PRIO (RFC 8684 section 3.3.8). The
// drafts have no option for it; the number here, MPTCP_SUB_PRIO, is the next after theirs. Where nothing
// changes nothing is sent. Errors: EINVAL for a number that no subflow has, ENOPROTOOPT with APILinuxFork,
// and those of SubIDs.
func (s *Socket) SubPrio(id uint8, backup bool) error {
	m, uid, err := s.sub(id)
	switch {
	case err != nil:
		return err
	case s.host.api == APILinuxFork:
		return ENOPROTOOPT
	}
	return subError(m.PrioritiseSubflow(s.now(), uid, backup))
}
