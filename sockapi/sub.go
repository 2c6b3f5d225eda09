package sockapi

import (
	"errors"
	"fmt"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
)

// The enhanced socket API of "Enhancing Socket API for Multipath TCP" (Hesmans and Bonaventure, ANRW 2016;
// draft-hesmans-mptcp-socket-00 to -03): an application lists, opens and closes the subflows of its
// connection, and reaches the options of one of them. Numbers and octets are in package abi, SubOption is in
// inner.go.

// API says which interfaces the sockets of a host have, and whose behaviour where those differ.
type API uint8

// APIs.
const (
	// APIDraft is the drafts' text, with the gaps filled as SubIDs, OpenSub and CloseSub say, and all other
	// interfaces.
	APIDraft API = iota
	// APILinuxFork is the kernel that the authors published (bhesmans/mptcp, on Linux 4.14): flags that it
	// does not fill are unset, the newest subflow is listed first, OpenSub returns no number and takes
	// neither priority nor interface, CloseSub sends nothing, and there is no option for the priority. What
	// is a plain fault of it (address identifiers without a value, success where no number is free, no check
	// of the connection's state) is not imitated.
	APILinuxFork
	// APIUpstream is Linux 6.18, which has none of the options by which subflows are opened and closed.
	APIUpstream
)

// String returns the name used in scenarios.
func (a API) String() string {
	switch a {
	case APILinuxFork:
		return "linux-fork"
	case APIUpstream:
		return "upstream"
	default:
		return "draft"
	}
}

// SetAPI chooses the interfaces of the host's sockets, APIDraft at first.
func (h *Host) SetAPI(a API) { h.api = a }

// API returns what SetAPI has set.
func (h *Host) API() API { return h.api }

// SubStatus is what MPTCP_GET_SUB_IDS tells of one subflow.
type SubStatus struct {
	ID  uint8  // 1..31, 0: none was free when it came; given again when the others had their turn
	UID uint32 // by order of opening, never given again; not in the structure of C

	Slave            bool // made by MP_JOIN
	FullyEstablished bool // the handshake is over and both ends know that; it stays while a FIN is under way
	Attached         bool // part of the connection: always, here
	LowPrio          bool // backup: LowPrioOwn or LowPrioPeer
	PreEstablished   bool // its SYN/ACK has come, the fourth packet of the join not yet

	// What the structure of C does not tell.
	LowPrioOwn  bool // this host asked for backup
	LowPrioPeer bool // the peer did
	Closing     bool // a FIN is under way; no new data goes out on it
}

// subConn returns the connection whose subflows an option is about.
func (s *Socket) subConn() (*mptcp.Conn, error) {
	fork := s.host.api == APILinuxFork
	switch {
	case s.state == socketClosed:
		return nil, EBADF
	case s.host.api == APIUpstream:
		return nil, ENOPROTOOPT
	case s.network != MPTCP:
		return nil, EOPNOTSUPP
	case s.conn == nil, s.state == socketFresh, s.state == socketListening:
		if fork { // it asks whether the peer has agreed to Multipath TCP, whatever the socket's state
			return nil, EOPNOTSUPP
		}
		return nil, ENOTCONN
	}
	m := s.conn.MPTCP()
	if m == nil || m.Fallback() || fork && !s.conn.connected() {
		return nil, EOPNOTSUPP
	}
	return m, nil
}

// sub returns the subflow of a number.
func (s *Socket) sub(id uint8) (m *mptcp.Conn, uid uint32, err error) {
	if m, err = s.subConn(); err != nil {
		return nil, 0, err
	}
	uid, ok := m.SubflowAt(id)
	if !ok {
		return nil, 0, fmt.Errorf("%w: no subflow has the number %d now (SubIDs lists them)", EINVAL, id)
	}
	return m, uid, nil
}

// SubIDs is MPTCP_GET_SUB_IDS: the subflows that the connection has, those being opened included. There may
// be none: a connection survives its last subflow for a while, and is there once it is over until the socket
// is closed. APIDraft lists them in order of opening and fills in everything; APILinuxFork lists the newest
// first and leaves Slave and LowPrio unset.
//
// Errors of this call and of all others about subflows: EBADF after Close; EOPNOTSUPP for plain TCP, also by
// fallback; ENOTCONN before Connect (APILinuxFork: EOPNOTSUPP until the handshake is over); ENOPROTOOPT with
// APIUpstream.
func (s *Socket) SubIDs() ([]SubStatus, error) {
	m, err := s.subConn()
	if err != nil {
		return nil, err
	}
	all := make([]SubStatus, 0, 4)
	m.EachAttached(func(i mptcp.SubflowInfo) bool {
		all = append(all, s.subStatus(&i))
		return true
	})
	if s.host.api == APIDraft {
		for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
			all[i], all[j] = all[j], all[i]
		}
	}
	return all, nil
}

func (s *Socket) subStatus(i *mptcp.SubflowInfo) SubStatus {
	st := SubStatus{ID: i.Index, UID: i.ID, FullyEstablished: i.FullyEstablished, Attached: i.Attached,
		PreEstablished: i.PreEstablished, Closing: i.Closing}
	if s.host.api == APIDraft {
		st.Slave = i.Join
		st.LowPrioOwn, st.LowPrioPeer = i.BackupLocal, i.BackupPeer
		st.LowPrio = st.LowPrioOwn || st.LowPrioPeer
	}
	return st
}

// SubTuple is the four-tuple of a subflow. Addresses of a subflow are of one family; a connection may have
// subflows of both.
type SubTuple struct {
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
}

// SubTuple is MPTCP_GET_SUB_TUPLE: getsockname and getpeername of one subflow. Errors: EINVAL for a number
// that no subflow has, and those of SubIDs.
func (s *Socket) SubTuple(id uint8) (SubTuple, error) {
	m, uid, err := s.sub(id)
	if err != nil {
		return SubTuple{}, err
	}
	i, _ := m.Subflow(uid)
	return SubTuple{Local: i.Local, Remote: i.Remote, LocalPort: i.LocalPort, RemotePort: i.RemotePort}, nil
}

// subError gives an error of package mptcp its number.
func subError(err error) error {
	e := EINVAL
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mptcp.ErrPlain):
		e = EOPNOTSUPP
	case errors.Is(err, mptcp.ErrNotReady):
		e = EAGAIN
	case errors.Is(err, mptcp.ErrClosing):
		e = ENOTCONN
	case errors.Is(err, mptcp.ErrNoIndex), errors.Is(err, mptcp.ErrLimit):
		e = EPERM
	case errors.Is(err, mptcp.ErrFamily):
		e = EAFNOSUPPORT
	case errors.Is(err, mptcp.ErrNoAddress):
		e = EADDRNOTAVAIL
	case errors.Is(err, mptcp.ErrInUse):
		e = EADDRINUSE
	case errors.Is(err, mptcp.ErrNoRoute):
		e = ENETUNREACH
	case errors.Is(err, mptcp.ErrForbidden):
		e = EACCES
	}
	return fmt.Errorf("%w: %w", e, err)
}
