package netlink

import "fmt"

// Family is one of the two generic netlink families with which a kernel lets a process in user space manage
// paths.
type Family uint8

// Families.
const (
	Upstream  Family = iota // "mptcp_pm", of upstream Linux
	OutOfTree               // "mptcp", of the kernel of multipath-tcp.org
)

// String is the name under which a process looks the family up.
func (f Family) String() string {
	if f == OutOfTree {
		return "mptcp"
	}
	return "mptcp_pm"
}

// Command is a request to the kernel. Its number depends on the family (Number).
type Command uint8

// Commands. Exist and SetFilter are the out-of-tree family's alone, those that end in Addr or Limits
// upstream's.
const (
	CmdAnnounce       Command = iota // announce an address (ADD_ADDR)
	CmdRemove                        // take an address back (REMOVE_ADDR)
	CmdSubflowCreate                 // open a subflow
	CmdSubflowDestroy                // end a subflow
	CmdSetPriority                   // MP_PRIO; upstream's name is SET_FLAGS
	CmdSetFilter                     // which events are sent
	CmdExist                         // is there such a connection?
	CmdAddAddr                       // add an endpoint for the kernel's own manager
	CmdDelAddr                       // remove an endpoint
	CmdGetAddr                       // read an endpoint
	CmdFlushAddrs                    // remove all endpoints
	CmdSetLimits                     // limits of the kernel's own manager
	CmdGetLimits                     // read them
)

// commands gives each command's name and its number in both families; 0: the family does not have it.
var commands = [...]struct {
	name                string
	upstream, outOfTree uint8
}{
	CmdAnnounce:       {"announce", 8, 4},
	CmdRemove:         {"remove", 9, 5},
	CmdSubflowCreate:  {"subflow-create", 10, 8},
	CmdSubflowDestroy: {"subflow-destroy", 11, 9},
	CmdSetPriority:    {"set-priority", 7, 12},
	CmdSetFilter:      {"set-filter", 0, 14},
	CmdExist:          {"exist", 0, 15},
	CmdAddAddr:        {"add-addr", 1, 0},
	CmdDelAddr:        {"del-addr", 2, 0},
	CmdGetAddr:        {"get-addr", 3, 0},
	CmdFlushAddrs:     {"flush-addrs", 4, 0},
	CmdSetLimits:      {"set-limits", 5, 0},
	CmdGetLimits:      {"get-limits", 6, 0},
}

// Number is the command's in the family's header; 0: the family does not have it.
func (c Command) Number(f Family) uint8 {
	if f == OutOfTree {
		return commands[c].outOfTree
	}
	return commands[c].upstream
}

// String is the name used in traces.
func (c Command) String() string { return commands[c].name }

// EventKind is the kind of a message from the kernel, with the number that both families give it.
type EventKind uint8

// Events of the families.
const (
	EventCreated            EventKind = 1  // a connection is being set up: both ends speak MPTCP
	EventEstablished        EventKind = 2  // it takes joins now (the peer is known to have the keys)
	EventClosed             EventKind = 3  // it is over
	EventAnnounced          EventKind = 6  // the peer has announced an address (ADD_ADDR)
	EventRemoved            EventKind = 7  // the peer has taken an address back (REMOVE_ADDR)
	EventSubflowEstablished EventKind = 10 // a join is complete
	EventSubflowClosed      EventKind = 11 // a subflow has ended; also a join that never was complete
	EventSubflowPriority    EventKind = 13 // the peer has sent MP_PRIO
	EventListenerCreated    EventKind = 15 // a listening socket speaks MPTCP; upstream alone
	EventListenerClosed     EventKind = 16 // it is closed; upstream alone
)

// Events that neither family has. A socket gets them if it asks (Socket.Monitor).
const (
	EventAddressUp        EventKind = 64 + iota // RTM_NEWADDR of rtnetlink(7): a local address has come up
	EventAddressDown                            // RTM_DELADDR: a local address has gone down
	EventTimeout                                // a retransmission timeout of a subflow, as of SMAPP
	EventFellBack                               // the connection goes on as plain TCP
	EventSubflowStale                           // a subflow had several timeouts
	EventSubflowRecovered                       // it works again
)

// String is the name used in traces.
func (k EventKind) String() string {
	switch k {
	case EventCreated:
		return "created"
	case EventEstablished:
		return "established"
	case EventClosed:
		return "closed"
	case EventAnnounced:
		return "announced"
	case EventRemoved:
		return "removed"
	case EventSubflowEstablished:
		return "subflow-established"
	case EventSubflowClosed:
		return "subflow-closed"
	case EventSubflowPriority:
		return "subflow-priority"
	case EventListenerCreated:
		return "listener-created"
	case EventListenerClosed:
		return "listener-closed"
	case EventAddressUp:
		return "address-up"
	case EventAddressDown:
		return "address-down"
	case EventTimeout:
		return "timeout"
	case EventFellBack:
		return "fell-back"
	case EventSubflowStale:
		return "subflow-stale"
	case EventSubflowRecovered:
		return "subflow-recovered"
	}
	return fmt.Sprintf("EventKind(%d)", uint8(k))
}

// Mask is a set of events, as the filter of the out-of-tree family has it: bit n for event n.
type Mask uint16

// AllEvents lets every event through.
const AllEvents Mask = 1<<16 - 1

// MaskOf is the set of the given events of the families.
func MaskOf(kinds ...EventKind) Mask {
	var m Mask
	for _, k := range kinds {
		m |= 1 << k
	}
	return m
}
