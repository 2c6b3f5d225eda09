// Package pm: path managers, events in, actions out (the callbacks of the upstream user-space daemon
// are the template).
package pm

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// Local is one address of the host as a path manager sees it.
type Local struct {
	ID     uint8 // address id (RFC 8684 section 3.2), stable while the host lives; the connection maps its first address to 0
	Addr   wire.Addr
	Up     bool
	Backup bool
}

// Remote is one address of the peer: id 0 is the initial one, others come from ADD_ADDR.
type Remote struct {
	ID   uint8
	Addr wire.Addr
	Port uint16
}

// Subflow is one subflow as a path manager sees it.
type Subflow struct {
	ID                    uint32
	LocalID               uint8
	RemoteID              uint8
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
	Established, Backup   bool
}

// EventKind tells what happened.
type EventKind uint8

// Events, named after the user-space path manager's.
const (
	Created            EventKind = iota // connection is being set up (initial SYN sent or received)
	Established                         // connection is established at the MPTCP level
	Closed                              // connection is over
	Announced                           // peer announced Event.Remote (ADD_ADDR)
	Removed                             // peer removed Event.Remote.ID (REMOVE_ADDR)
	SubflowEstablished                  // Event.Subflow
	SubflowClosed                       // Event.Subflow, Event.Reason
	SubflowPriority                     // peer sent MP_PRIO for Event.Subflow
	LocalUp                             // Event.Local came up
	LocalDown                           // Event.Local went down
	SubflowStale                        // Event.Subflow lost several RTOs in a row
	SubflowRecovered                    // it works again
)

// Event is what the connection tells its manager.
type Event struct {
	Kind    EventKind
	Local   Local
	Remote  Remote
	Subflow Subflow
	Reason  string
}

// Conn is what a manager may read and do. All actions take effect after the callback returns, in order.
type Conn interface {
	Client() bool // this host opened the connection
	Locals() []Local
	Remotes() []Remote
	Subflows() []Subflow
	RemoteAllowsInitialAddress() bool // peer did not set the C flag

	OpenSubflow(local Local, remote Remote, backup bool)
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
	Subflows int  // ndiffports: subflows over the first pair of addresses (default 2)
	Limit    int  // most subflows beyond the first (default 8)
	Announce bool // announce own further addresses with ADD_ADDR
}

// New returns the manager of that name ("none", "fullmesh", "ndiffports", "single-path"); Names lists them.
func New(name string, c Config) (Manager, error) { panic("skeleton") }
func Names() []string                            { panic("skeleton") }
