package tcp

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Host is what TCP needs of the machine it runs on. topo.Host implements it.
type Host interface {
	Name() string
	Component() sim.Component // source of the endpoints' timer events
	// Path is looked up once a connection; the ports are for hosts in networks of many paths.
	Path(src, dst wire.Addr, sport, dport uint16) (link.Path, error)
	Send(now sim.Time, p link.PacketID, path link.Path, size int)
	SetHandler(h func(now sim.Time, p link.PacketID, iface int32))
}

// Owner is what stands above an Endpoint: a Stream (plain TCP) or a connection of model/mptcp, for
// which the endpoint is one subflow. Called from inside the endpoint; an owner may call Send, Ack, Close
// and the accessors from any method but must not free the endpoint.
type Owner interface {
	// Outgoing is called for every segment just before it leaves, SYN and RST included, after TCP has
	// filled in its own fields: the owner adds its options (total option space 40 octets; SACK
	// blocks are added afterwards in the room that is left). rec is the sent record of a segment that carries
	// payload (also a retransmission), nil otherwise.
	Outgoing(now sim.Time, e *Endpoint, seg *wire.Segment, rec *Sent)
	// Incoming is called for every acceptable incoming segment (after PAWS, sequence, RST and SYN
	// checks) before its ACK field and payload are processed. false drops the segment.
	Incoming(now sim.Time, e *Endpoint, seg *wire.Segment) bool
	// Deliver hands over payload in subflow order. seq is the stream offset of its first octet
	// in subflow sequence space (the first data octet after the SYN is 1, as SSN).
	Deliver(now sim.Time, e *Endpoint, seq uint64, p wire.Payload)
	// Acked is called when the cumulative ACK advanced over data: una is the new oldest
	// unacknowledged offset (same numbering as Deliver's seq).
	Acked(now sim.Time, e *Endpoint, una uint64)
	// Ready is called after a segment or timer has been processed when e may be able to send new
	// data (Room() > 0): the owner calls e.Send zero or more times.
	Ready(now sim.Time, e *Endpoint)
	// Window returns the receive window to advertise, octets, not scaled. (MPTCP: the connection's
	// shared window relative to the DATA_ACK.)
	Window(now sim.Time, e *Endpoint) int64
	// PeerWindow is called when a segment brought a window (scaled to octets) with its ACK
	// (offset). A plain stream's endpoint enforces it itself (SharedWindow false).
	PeerWindow(now sim.Time, e *Endpoint, ack uint64, window int64)
	// Changed reports the endpoint's life.
	Changed(now sim.Time, e *Endpoint, ev Event)
}

// Event is a step in an endpoint's life.
type Event uint8

// Events.
const (
	Connected   Event = iota // handshake done (client: SYN/ACK accepted and ACK queued; server: final ACK in)
	PeerClosed               // the peer's FIN is in order
	SendClosed               // our FIN is acknowledged
	Reset                    // RST received; see LastReset for options
	TimedOut                 // retransmission or user timeout, SYN retries used up
	Closed                   // state CLOSED; the endpoint is freed after this call
	RTOFired                 // retransmission timer expired (Backoffs() counts in a row)
	Progress                 // first ACK of new data after one or more RTOs
	Aborted                  // closed by our own Abort
	FastOpened               // server: valid Fast Open cookie, data may flow before Connected comes (RFC 7413)
	TimeWaiting              // both FINs are acknowledged: TIME-WAIT has begun, and Closed ends it
)

// SendOptions modify one Send.
type SendOptions struct {
	Push bool // set PSH on the last segment
	Fin  bool // the last segment carries the FIN, too (then no CloseSend)
}
