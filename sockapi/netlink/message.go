package netlink

import (
	"fmt"
	"strings"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Attrs is a set of attributes: those that a message has.
type Attrs uint32

// Attributes (enum mptcp_event_attr; upstream's commands nest those of the local and of the remote address).
const (
	AttrToken Attrs = 1 << iota
	AttrFamily
	AttrLocalID
	AttrRemoteID
	AttrLocalAddr
	AttrRemoteAddr
	AttrLocalPort
	AttrRemotePort
	AttrBackup
	AttrError
	AttrFlags
	AttrIfIndex
	AttrServerSide
	AttrResetReason
	AttrResetFlags
	AttrTimeout
	AttrRcvAddAddrs
	AttrSubflows
)

// attrNames in the order of the constants.
var attrNames = [...]string{"token", "family", "loc_id", "rem_id", "saddr", "daddr", "sport", "dport",
	"backup", "error", "flags", "if_idx", "server_side", "reset_reason", "reset_flags",
	"timeout", "rcv_add_addrs", "subflows"}

// Has tells that all of b are in the set.
func (a Attrs) Has(b Attrs) bool { return a&b == b }

// String lists the names.
func (a Attrs) String() string {
	var b strings.Builder
	for i, name := range attrNames {
		if a&(1<<i) != 0 {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(name)
		}
	}
	return b.String()
}

// AddrFamily is the attribute "family".
type AddrFamily uint16

// Address families with the numbers of Linux.
const (
	Inet  AddrFamily = 2  // IPv4
	Inet6 AddrFamily = 10 // IPv6
)

// familyOf returns the family of an address; 0 for none.
func familyOf(a wire.Addr) AddrFamily {
	switch {
	case !a.IsValid():
		return 0
	case a.Is4():
		return Inet
	}
	return Inet6
}

// Flags of CREATED and ESTABLISHED (MPTCP_PM_EV_FLAG_*).
const (
	FlagDenyJoinID0 = 1 << 0 // the peer takes no joins at its first address (C flag of MP_CAPABLE)
	FlagServerSide  = 1 << 1 // this host has accepted the connection
)

// Flags of an address in upstream's commands (MPTCP_PM_ADDR_FLAG_*).
const (
	AddrSignal   = 1 << 0 // announce it
	AddrSubflow  = 1 << 1 // open subflows from it
	AddrBackup   = 1 << 2 // subflows from it are backup
	AddrFullMesh = 1 << 3 // to every address of the peer
	AddrImplicit = 1 << 4 // made by the kernel
	AddrLaminar  = 1 << 5 // answers announcements of the peer
)

// Message is what both directions carry: attributes, of which those in Has are there. Others are zero.
type Message struct {
	Has                   Attrs
	Token                 uint32
	Family                AddrFamily // upstream's commands: of the local address
	LocalID, RemoteID     uint8
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
	Backup                bool
	Errno                 sockapi.Errno // AttrError: of the socket of the subflow that has ended
	Flags                 uint32        // FlagX in events, AddrX in upstream's commands, a Mask in SET_FILTER
	IfIndex               int           // of the interface, from 1; 0: by routing
	ServerSide            bool
	ResetReason           uint8         // MP_TCPRST (RFC 8684 section 3.6)
	ResetFlags            uint8         // bit 0: transient
	RTO                   unit.Duration // AttrTimeout: the retransmission timeout as it is now
	Backoff               int           // AttrTimeout: timeouts in a row
	RcvAddAddrs, Subflows uint32        // limits of the kernel's own manager
}

// Event is a message from the kernel.
type Event struct {
	Kind EventKind
	At   sim.Time // when it happened; it is there to be read one latency later
	Message
}

// String shows the kind and the attributes that are there.
func (e Event) String() string {
	return strings.TrimSpace(e.Kind.String() + " " + e.Message.String())
}

// String shows the attributes that are there, but for the family.
func (m Message) String() string {
	var b strings.Builder
	show := func(a Attrs, format string, args ...any) {
		if m.Has.Has(a) {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, format, args...)
		}
	}
	show(AttrToken, "token %#x", m.Token)
	show(AttrLocalID, "loc_id %d", m.LocalID)
	show(AttrRemoteID, "rem_id %d", m.RemoteID)
	show(AttrLocalAddr, "saddr %v", m.Local)
	show(AttrLocalPort, "sport %d", m.LocalPort)
	show(AttrRemoteAddr, "daddr %v", m.Remote)
	show(AttrRemotePort, "dport %d", m.RemotePort)
	show(AttrBackup, "backup %t", m.Backup)
	show(AttrIfIndex, "if_idx %d", m.IfIndex)
	show(AttrServerSide, "server_side %t", m.ServerSide)
	show(AttrFlags, "flags %#x", m.Flags)
	show(AttrError, "error %s", m.Errno.Name())
	show(AttrResetReason, "reset_reason %d", m.ResetReason)
	show(AttrResetFlags, "reset_flags %d", m.ResetFlags)
	show(AttrTimeout, "rto %s backoff %d", m.RTO, m.Backoff)
	return b.String()
}
