package pm

import (
	"errors"
	"fmt"
	"strings"

	"mpsim/model/wire"
	"mpsim/sim"
)

// Local is one address of the host as a path manager sees it.
type Local struct {
	ID     uint8 // address id (RFC 8684 section 3.2), stable in the connection; its first address is 0
	Addr   wire.Addr
	Up     bool
	Backup bool
	Port   uint16 // Announce: where joins are taken, beyond the first subflow's port; 0: none said
}

// Remote is one address of the peer: id 0 is the initial one, others come from ADD_ADDR. Port is never 0:
// without one in the ADD_ADDR the connection fills in that of the subflow which carried it (RFC 8684
// section 3.4.1).
type Remote struct {
	ID        uint8
	Addr      wire.Addr
	Port      uint16
	PortGiven bool // the ADD_ADDR had a port
}

// Subflow is one subflow as a path manager sees it.
type Subflow struct {
	ID                    uint32
	LocalID               uint8
	RemoteID              uint8
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
	Established, Backup   bool // in SubflowClosed, Established tells whether it ever was
	Incoming              bool // the peer opened it
}

// Reset is what the RST that ended a subflow said (MP_TCPRST, RFC 8684 section 3.6). Given is false if it
// said nothing or if the host pays no heed to it.
type Reset struct {
	Given, Transient bool
	Reason           uint8 // as in package wire; an unknown one counts as unspecified
}

// EventKind tells what happened.
type EventKind uint8

// Events, named after the user-space path manager's.
const (
	Created            EventKind = iota // connection is being set up (initial SYN sent or received)
	Established                         // connection is established at the MPTCP level
	Closed                              // connection is over, or about to close its subflows: open none
	Announced                           // peer announced Event.Remote (ADD_ADDR)
	Removed                             // peer removed Event.Remote.ID (REMOVE_ADDR)
	SubflowEstablished                  // Event.Subflow
	SubflowClosed                       // Event.Subflow, Event.Reason
	SubflowPriority                     // peer sent MP_PRIO for Event.Subflow
	LocalUp                             // Event.Local came up
	LocalDown                           // Event.Local went down
	SubflowStale                        // Event.Subflow lost several RTOs in a row
	SubflowRecovered                    // it works again
	RetryDue                            // Event.Subflow ended by a transient reset; its pair may be tried again
	TimerDue                            // Event.Timer: see Timers
	SubflowTimeout                      // a retransmission timeout of Event.Subflow: see TimeoutWatcher
)

// eventNames in the order of the constants.
var eventNames = [...]string{
	"created", "established", "closed", "announced", "removed", "subflow-established", "subflow-closed",
	"subflow-priority", "local-up", "local-down", "subflow-stale", "subflow-recovered", "retry-due",
	"timer", "subflow-timeout",
}

// String is the name used in traces.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return fmt.Sprintf("EventKind(%d)", uint8(k))
}

// Event is what the connection tells its manager. Locals, Remotes and Subflows of Conn already show it.
type Event struct {
	Kind    EventKind
	Local   Local
	Remote  Remote
	Subflow Subflow
	Reason  string
	Reset   Reset  // of SubflowClosed
	Timer   uint32 // of TimerDue
}

// Conn is what a manager may read and do. All actions take effect after the callback returns, in order. The
// slices are read during the callback and not kept.
type Conn interface {
	Client() bool // this host opened the connection
	Locals() []Local
	Remotes() []Remote
	Subflows() []Subflow              // those being opened included
	RemoteAllowsInitialAddress() bool // peer did not set the C flag

	// OpenSubflow starts a join; the connection chooses a local port that is free for the pair. An open that
	// fails, at once or later, is reported by SubflowClosed, with Established false, after the callback.
	OpenSubflow(local Local, remote Remote, backup bool)
	// CloseSubflow ends a subflow: orderly while its local address is up, else by RST (RFC 8684
	// section 3.4.2). SubflowClosed reports the end.
	CloseSubflow(id uint32)
	Announce(local Local)
	Withdraw(localID uint8)
	SetBackup(id uint32, backup bool)
}

// Manager decides on subflows and announcements of one connection.
type Manager interface {
	Name() string
	Handle(now sim.Time, c Conn, e Event)
}

// Config holds the parameters of all managers.
type Config struct {
	Subflows    int  // ndiffports: subflows over the first pair of addresses (default 2)
	PerPair     int  // fullmesh: subflows over each pair of addresses (default 1)
	Limit       int  // most subflows beyond the first (default 8)
	Announce    bool // announce own further addresses with ADD_ADDR; not looked at by manager linux
	ServerOpens bool // fullmesh: the host that accepted the connection opens subflows, too

	// What "ip mptcp" sets (manager linux): the endpoints in their order, and how many ADD_ADDR of the peer are
	// answered by a subflow (limit add_addr_accepted, as in the kernel 0 by default).
	Endpoints []Endpoint
	Accept    int
}

// Defaults of Config.
const (
	DefaultSubflows = 2
	DefaultPerPair  = 1
	DefaultLimit    = 8
)

// New returns a fresh manager of that name (Names lists them), for one connection, or an error that lists the
// names.
func New(name string, c Config) (Manager, error) {
	if c.Subflows < 0 || c.Limit < 0 || c.PerPair < 0 || c.Accept < 0 {
		return nil, errors.New("path manager: the numbers of subflows must not be negative (0 means the default)")
	}
	fill := func(v *int, base int) {
		if *v == 0 {
			*v = base
		}
	}
	fill(&c.Subflows, DefaultSubflows)
	fill(&c.PerPair, DefaultPerPair)
	fill(&c.Limit, DefaultLimit)
	for _, e := range c.Endpoints {
		if err := e.check(); err != nil {
			return nil, err
		}
	}
	switch name {
	case "fullmesh":
		return &fullMesh{base: base{config: c}}, nil
	case "linux":
		return &linux{base: base{config: c}}, nil
	case "ndiffports":
		return &ndiffPorts{base: base{config: c}}, nil
	case "none":
		return none{}, nil
	case "single-path":
		return &singlePath{base: base{config: c}}, nil
	}
	return nil, fmt.Errorf("path manager %q: no such manager (have %s)", name, strings.Join(Names(), ", "))
}

// Names lists the managers in alphabetical order.
func Names() []string { return []string{"fullmesh", "linux", "ndiffports", "none", "single-path"} }

// none never does anything.
type none struct{}

// Name implements Manager.
func (none) Name() string { return "none" }

// Handle implements Manager.
func (none) Handle(sim.Time, Conn, Event) {}
