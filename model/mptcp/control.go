package mptcp

import (
	"errors"
	"fmt"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// What an application, or a daemon that acts for it, may do to the subflows of a connection: the commands
// of draft-hesmans-mptcp-socket-03 section 3 and of Linux's netlink interfaces. They take effect before
// they return. They must not be called from inside a transport's callback (tcp.Owner, SetNotify,
// SetListener): a process, an event of its own, or a path manager's Handle may.

// Errors of these calls; the comment names the error number that a socket interface gives for it.
var (
	ErrPlain          = errors.New("mptcp: the connection is plain TCP")                   // EOPNOTSUPP
	ErrNotReady       = errors.New("mptcp: the connection is not fully established")       // EAGAIN
	ErrClosing        = errors.New("mptcp: the connection is over or closing")             // ENOTCONN
	ErrNoIndex        = errors.New("mptcp: 31 subflows have all path indices")             // EPERM
	ErrLimit          = errors.New("mptcp: the connection has all subflows that it may")   // EPERM
	ErrFamily         = errors.New("mptcp: the addresses are of different families")       // EAFNOSUPPORT
	ErrNoAddress      = errors.New("mptcp: no such local address")                         // EADDRNOTAVAIL
	ErrInUse          = errors.New("mptcp: the address and port are in use")               // EADDRINUSE
	ErrNoRoute        = errors.New("mptcp: no route")                                      // ENETUNREACH
	ErrForbidden      = errors.New("mptcp: no joins at the peer's first address and port") // EACCES
	ErrUnknownSubflow = errors.New("mptcp: no such subflow")                               // EINVAL
	ErrAddressID      = errors.New("mptcp: the address ID does not fit the address")       // EINVAL
	ErrNoAddressID    = errors.New("mptcp: no address ID is left")                         // ENOSPC
)

// SubflowRequest says what subflow is to be opened.
type SubflowRequest struct {
	Local      wire.Addr // zero: chosen by routing to Remote
	LocalPort  uint16    // 0: an ephemeral one
	Remote     wire.Addr // zero: the peer's address of the first subflow
	RemotePort uint16    // 0: the peer's port of the first subflow
	Interface  int       // index on the host that Local must be of; negative: any
	Backup     bool      // B flag: for use when others fail
	Anywhere   bool      // Local need not be one that the connection is restricted to

	// Address IDs, where they are not to be looked up: that of Local sticks to the address from then on.
	HasLocalID, HasRemoteID bool
	LocalID, RemoteID       uint8

	// Prepare, if not nil, sets options of the endpoint before the SYN leaves, which has some of them (MSS, TOS).
	Prepare func(e *tcp.Endpoint)
}

// OpenSubflow sends the SYN of one more subflow. It is established, or not, later (EventSubflowCreated,
// EventSubflowClosed). Address IDs are those that are known for the addresses, else new ones. Errors, after
// which there is no subflow: ErrPlain, ErrClosing, ErrNotReady, ErrNoIndex, ErrLimit, ErrFamily,
// ErrNoAddress, ErrForbidden, ErrInUse, ErrNoRoute, ErrAddressID.
func (c *Conn) OpenSubflow(now sim.Time, r SubflowRequest) (id uint32, err error) {
	if err := c.mayOpen(); err != nil {
		return 0, err
	}
	if !r.Remote.IsValid() {
		r.Remote = c.remote0
	}
	if r.RemotePort == 0 {
		r.RemotePort = c.rport0
	}
	if r.Local.IsValid() && r.Local.Is4() != r.Remote.Is4() {
		return 0, fmt.Errorf("%w: %v and %v", ErrFamily, r.Local.Netip(), r.Remote.Netip())
	}
	if c.remoteNoJoinHere && r.Remote == c.remote0 && r.RemotePort == c.rport0 {
		return 0, ErrForbidden
	}
	local, err := c.chooseLocal(r)
	if err != nil {
		return 0, err
	}
	if r.HasLocalID && r.LocalID != local.ID {
		if err := c.pinID(local.Addr, r.LocalID); err != nil {
			return 0, err
		}
		local.ID = r.LocalID
	}
	if !r.HasRemoteID {
		r.RemoteID = c.remoteIDOf(r.Remote)
	}
	e, err := c.s.tcp.Prepare(now, c, local.Addr, r.LocalPort, r.Remote, r.RemotePort)
	switch {
	case err == nil:
	case errors.Is(err, tcp.ErrNoRoute):
		return 0, fmt.Errorf("%w: %w", ErrNoRoute, err)
	case r.LocalPort == 0: // no ephemeral port is left (Linux: connect gives EADDRNOTAVAIL)
		return 0, fmt.Errorf("%w: %w", ErrNoAddress, err)
	default:
		return 0, fmt.Errorf("%w: %w", ErrInUse, err)
	}
	sf := c.newSubflow(now, true)
	sf.join, sf.localID, sf.remoteID, sf.backupOut = true, local.ID, r.RemoteID, r.Backup
	sf.nonce = c.s.nonces.Uint32()
	c.attach(sf, e)
	if r.Prepare != nil {
		r.Prepare(e)
	}
	e.Connect(now)
	c.tell(now, EventSubflowTried, sf)
	return sf.id, nil
}

// mayOpen tells why no subflow can be opened now, whatever its addresses.
func (c *Conn) mayOpen() error {
	switch {
	case c.plain:
		return ErrPlain
	case c.over() || c.detached || c.deleted:
		return ErrClosing
	case !c.takesJoins() || !c.sawDSS: // section 3.1: not before a DSS has come
		return ErrNotReady
	case c.indices.full():
		return ErrNoIndex
	case c.Attached() >= c.maxSubflows():
		return ErrLimit
	}
	return nil
}

// chooseLocal finds the local address of a subflow that is to be opened: of those that the connection may
// use, or of all where the request says so.
func (c *Conn) chooseLocal(r SubflowRequest) (pm.Local, error) {
	want := r.Local
	if !want.IsValid() && r.Interface < 0 {
		if h, ok := c.s.host.(sourceChooser); ok && !c.paths.limited {
			a, err := h.Source(r.Remote)
			if err != nil {
				return pm.Local{}, fmt.Errorf("%w: %w", ErrNoRoute, err)
			}
			want = a
		}
	}
	var found pm.Local
	known, ok := false, false
	each := c.eachLocal
	if r.Anywhere && r.Local.IsValid() {
		each = c.eachHostAddress
	}
	each(func(l pm.Local) {
		if ok || want.IsValid() && l.Addr != want || l.Addr.Is4() != r.Remote.Is4() ||
			r.Interface >= 0 && c.s.host.InterfaceOf(l.Addr) != r.Interface {
			return
		}
		known = true
		if l.Up {
			found, ok = l, true
		}
	})
	switch {
	case ok:
		return found, nil
	case known: // Linux: no route leads out of an interface that is down
		return found, fmt.Errorf("%w: the interface is down", ErrNoRoute)
	case want.IsValid():
		return found, fmt.Errorf("%w: %v", ErrNoAddress, want.Netip())
	}
	return found, ErrNoAddress
}

// sourceChooser is a Host that chooses source addresses by routing, as topo.Host does.
type sourceChooser interface {
	Source(dst wire.Addr) (wire.Addr, error)
}

// remoteIDOf returns the address ID of an address of the peer: as the peer has said, else 0 (what it
// answers in its SYN/ACK replaces that).
func (c *Conn) remoteIDOf(addr wire.Addr) uint8 {
	id := uint8(0)
	c.EachRemoteAddress(func(r pm.Remote, _ bool) bool {
		if r.Addr == addr {
			id = r.ID
			return false
		}
		return true
	})
	return id
}

// CloseHow is how CloseSubflow ends a subflow. The first three have the values of shutdown(2).
type CloseHow uint8

// Ways of closing.
const (
	CloseRead   CloseHow = iota // nothing goes on the wire, as shutdown(SHUT_RD) of TCP in Linux
	CloseWrite                  // FIN after what was sent; what the peer sends still counts
	CloseBoth                   // FIN, and data that comes later is answered by RST (RFC 9293 section 3.6.1)
	CloseReset                  // RST
	CloseSilent                 // nothing is sent: the peer finds out when it sends, and draws a RST
)

func (h CloseHow) String() string {
	return [...]string{"read", "write", "both", "reset", "silent"}[h]
}

// CloseSubflow ends a subflow. What it has sent and the peer has not acknowledged at the data level goes
// out on the others at once. The last one may be closed: the connection then waits for another
// (Config.CloseTimeout). Errors: ErrPlain (closing the only subflow is closing the connection),
// ErrUnknownSubflow, ErrClosing.
func (c *Conn) CloseSubflow(now sim.Time, id uint32, how CloseHow) error {
	sf, err := c.attachedSubflow(id)
	if err != nil || how == CloseRead {
		return err
	}
	if sf.reason == "" {
		sf.reason = "closed by the application"
	}
	sf.blame(CauseLocal)
	if how <= CloseBoth && sf.e.Established() {
		c.finish(now, sf, how == CloseBoth)
		c.push(now, nil)
		return nil
	}
	if how == CloseSilent {
		sf.e.Unreachable(now)
	} else {
		sf.e.Abort(now)
	}
	return nil
}

// finish sends FIN on an established subflow and has what it carries go out on others, too. With both
// directions closed data that comes later is refused, and the peer does not keep the endpoint for ever.
func (c *Conn) finish(now sim.Time, sf *subflow, both bool) {
	c.reinjectSubflow(sf, true)
	if both {
		sf.e.RefuseData()
	}
	c.closeSubflow(now, sf)
	if both && sf.e != nil {
		sf.e.LimitFinWait(now)
	}
}

// PrioritiseSubflow makes a subflow backup or regular and tells the peer by MP_PRIO (RFC 8684 section
// 3.3.8). Without change nothing is sent. Errors: ErrPlain, ErrUnknownSubflow, ErrClosing.
func (c *Conn) PrioritiseSubflow(now sim.Time, id uint32, backup bool) error {
	sf, err := c.attachedSubflow(id)
	if err == nil {
		c.setBackup(now, sf, backup)
	}
	return err
}

// attachedSubflow returns a subflow that a command may act on.
func (c *Conn) attachedSubflow(id uint32) (*subflow, error) {
	switch {
	case c.plain:
		return nil, ErrPlain
	case c.deleted || c.state == Closed || c.state == FastCloseWait:
		return nil, ErrClosing
	}
	sf := c.subflowByID(id)
	if sf == nil || sf.e == nil || !sf.attached || sf.kill != killNone {
		return nil, fmt.Errorf("%w: %d", ErrUnknownSubflow, id)
	}
	return sf, nil
}
