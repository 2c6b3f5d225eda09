package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Info is a snapshot of one connection. Sizes are octets of payload.
type Info struct {
	State          State
	Client         bool
	Fallback       bool
	FallbackReason string
	Checksum       bool // DSS checksums in use
	LocalToken     uint32
	RemoteToken    uint32
	LocalIDSN      uint64
	RemoteIDSN     uint64
	Scheduler      string
	PathManager    string

	BytesQueued       int64 // written by the application
	BytesSent         int64 // sent at least once
	BytesAcked        int64 // acknowledged by DATA_ACK
	BytesReinjected   int64 // sent again on another subflow
	BytesReceived     int64 // in order
	BytesRead         int64 // by the application
	BytesDuplicate    int64 // received more than once at the data level
	BytesOutOfWindow  int64 // received outside the window and dropped
	OutOfOrder        int64 // held behind a hole
	ReceiveBuffer     int64 // its present size
	ReceiveBufferUsed int64
	SendBuffer        int64
	SendWindow        int64 // what the peer's window still admits
	DataRTOs          int64 // data-level timeouts
	Opportunistic     int64 // opportunistic retransmissions
	Penalties         int64
	Subflows          int // established
	SubflowsTotal     int // ever, attempts included
	Opened            sim.Time
	EstablishedAt     sim.Time
}

// Info returns a snapshot.
func (c *Conn) Info() Info {
	i := Info{
		State: c.state, Client: c.client, Fallback: c.plain, FallbackReason: c.fallbackReason, Checksum: c.sum,
		LocalToken: c.localToken, RemoteToken: c.remoteToken, LocalIDSN: c.localIDSN, RemoteIDSN: c.remoteIDSN,
		Scheduler: c.sched.Name(), PathManager: c.manager.Name(),
		BytesQueued: int64(c.snd.End()), BytesSent: int64(c.snd.Nxt()), BytesAcked: int64(c.snd.Una()),
		BytesReinjected: c.stats.reinjected, BytesReceived: int64(c.rcv.Next()), BytesRead: int64(c.rcv.ReadPos()),
		BytesDuplicate: c.stats.duplicates, BytesOutOfWindow: c.stats.outOfWindow, OutOfOrder: c.rcv.OutOfOrder(),
		ReceiveBuffer: c.rcv.Size(), ReceiveBufferUsed: c.rcv.Held(), SendBuffer: c.snd.Size(),
		SendWindow: max(0, int64(c.sndEdge-c.snd.Nxt())), DataRTOs: c.stats.dataRTOs,
		Opportunistic: c.stats.opportunistic, Penalties: c.stats.penalty,
		SubflowsTotal: len(c.subs), Opened: c.stats.openedAt, EstablishedAt: c.stats.establishedAt,
	}
	for _, sf := range c.live {
		if sf.state == subflowEstablished {
			i.Subflows++
		}
	}
	return i
}

// SubflowInfo is a snapshot of one subflow, also after it has closed. Sizes are octets of payload.
type SubflowInfo struct {
	ID                          uint32
	State                       string // of the subflow in its connection
	Join                        bool   // opened by MP_JOIN
	Opener                      bool   // this host sent the SYN
	Backup                      bool   // asked for by either end
	Stale                       bool
	Down                        bool // its interface is down
	LocalID, RemoteID           uint8
	Local, Remote               wire.Addr
	LocalPort, RemotePort       uint16
	Opened, Established, Closed sim.Time // zero: not yet; TIME-WAIT counts as closed
	Reason                      string   // why it closed

	Index                      uint8 // path index 1..31, 0: none was free; another one's once it is not Attached
	Attached                   bool  // neither closed nor in TIME-WAIT
	PreEstablished             bool  // we opened it, and the fourth packet of the join has not come
	FullyEstablished           bool  // both ends know that the other has it
	Closing                    bool  // no new data: a FIN or RST is under way
	BackupLocal, BackupPeer    bool  // who asked
	Cause                      Cause // why it closed, as a number
	ResetGiven, ResetTransient bool  // the peer's RST had MP_TCPRST (RFC 8684 section 3.6)
	ResetReason                uint8

	BytesNew        int64 // sent for the first time
	BytesReinjected int64 // sent after another subflow had carried them
	BytesDelivered  int64 // received and new to the connection
	BytesDuplicate  int64 // received after another copy
	BytesUnmapped   int64

	TCP tcp.Info
}

// EachSubflow calls f for each subflow that the connection has ever had, attempts included, by ID, until f
// returns false.
func (c *Conn) EachSubflow(f func(i SubflowInfo) bool) {
	for _, sf := range c.subs {
		if !f(sf.info(c.sawDSS)) {
			return
		}
	}
}

// Subflow returns the snapshot of one subflow.
func (c *Conn) Subflow(id uint32) (i SubflowInfo, ok bool) {
	if int(id) >= len(c.subs) {
		return i, false
	}
	return c.subs[id].info(c.sawDSS), true
}

func (sf *subflow) info(sawDSS bool) SubflowInfo {
	i := SubflowInfo{
		ID: sf.id, State: sf.state.String(), Join: sf.join, Opener: sf.opener, Backup: sf.backupIn || sf.backupOut,
		Stale: sf.stale, Down: sf.down, LocalID: sf.localID, RemoteID: sf.remoteID,
		Local: sf.local, Remote: sf.remote,
		LocalPort: sf.lport, RemotePort: sf.rport, Opened: sf.openedAt, Established: sf.establishedAt,
		Closed: sf.closedAt, Reason: sf.reason, BytesNew: sf.stats.sentNew, BytesReinjected: sf.stats.reinjected,
		BytesDelivered: sf.stats.delivered, BytesDuplicate: sf.stats.duplicate, BytesUnmapped: sf.stats.unmapped,
	}
	i.Index, i.Attached, i.Cause, i.BackupLocal, i.BackupPeer = sf.index, sf.attached, sf.cause, sf.backupOut, sf.backupIn
	i.PreEstablished, i.Closing = sf.state == subflowPreEstablished, sf.state == subflowClosing
	wasUp := sf.state == subflowEstablished || sf.state == subflowClosing && sf.establishedAt != 0
	i.FullyEstablished = wasUp && (sf.join || sawDSS) // the handshake's, so a FIN does not end it
	i.ResetGiven, i.ResetReason, i.ResetTransient = sf.resetGiven, sf.resetCode, sf.resetTransient
	switch {
	case sf.e != nil:
		i.TCP = sf.e.Info()
	case sf.last != nil:
		i.TCP = *sf.last
	}
	return i
}
