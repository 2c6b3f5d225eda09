package tcp

import (
	"mpsim/model/cc"
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Host is what TCP needs of the machine it runs on. topo.Host implements it.
type Host interface {
	Name() string
	Component() sim.Component                   // source of the endpoints' timer events
	Path(src, dst wire.Addr) (link.Path, error) // looked up once a connection
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
	Connected  Event = iota // handshake done (client: SYN/ACK accepted and ACK queued; server: final ACK in)
	PeerClosed              // the peer's FIN is in order
	SendClosed              // our FIN is acknowledged
	Reset                   // RST received; see LastReset for options
	TimedOut                // retransmission or user timeout, SYN retries used up
	Closed                  // state CLOSED; the endpoint is freed after this call
	RTOFired                // retransmission timer expired (Backoffs() counts in a row)
	Progress                // first ACK of new data after one or more RTOs
	Aborted                 // closed by our own Abort
)

// Sent describes one transmitted extent of a subflow's sequence space not yet acknowledged.
type Sent struct {
	Seq     uint64 // offset of the first octet (SSN numbering)
	Pos     uint64 // position in the owner's stream (MPTCP: data-level offset, first octet 0)
	Len     uint32 // payload octets
	MapBack uint32 // octets from the start of its mapping to Seq
	MapLen  uint32 // octets of the whole mapping
	// further fields: time sent, retransmitted, sacked, lost ... (owner of this package)
}

// Info is a snapshot of one endpoint for traces, summaries and TCP_INFO. Octets and nanoseconds.
type Info struct {
	State                                    string
	Cwnd, Ssthresh, InFlight, MSS            int64
	SRTT, RTTVar, RTO, MinRTT                unit.Duration
	BytesSent, BytesAcked, BytesReceived     int64 // payload octets; sent includes retransmissions
	BytesRetransmitted                       int64
	SegmentsSent, SegmentsReceived           int64
	Retransmits, RTOs, FastRecoveries, TLPs  int64
	ReorderSeen, SpuriousUndone, DupSegments int64
	// further fields as needed
}

// SendOptions modify one Send.
type SendOptions struct {
	Push bool // set PSH on the last segment
}

// Endpoint is one TCP endpoint: one subflow. Lives in its Stack's arena.
type Endpoint struct {
	CC cc.Flow
}

// Room returns the payload octets of new data that Send would transmit at once: 0 unless
// established, or when cwnd (with PRR, limited transmit), pacing or (unless SharedWindow) the peer's window forbid it.
func (e *Endpoint) Room() int64 { panic("skeleton") }

// MSS returns the payload octets of a full segment after TCP's and the owner's usual options.
func (e *Endpoint) MSS() int64 { panic("skeleton") }

// SetOptionReserve tells how many octets of options the owner adds to a usual data segment.
func (e *Endpoint) SetOptionReserve(octets int) { panic("skeleton") }

// Send transmits n octets from position pos of content stream stream as one mapping, cut into
// segments of at most MSS. n must be at most Room (rounded up to a segment).
func (e *Endpoint) Send(now sim.Time, stream uint32, pos uint64, n int64, o SendOptions) {
	panic("skeleton")
}

// Ack sends a pure ACK now (window update, DATA_ACK, option to convey).
func (e *Endpoint) Ack(now sim.Time) { panic("skeleton") }

// CloseSend queues a FIN after the data sent so far. Abort sends a RST and closes.
func (e *Endpoint) CloseSend(now sim.Time) { panic("skeleton") }
func (e *Endpoint) Abort(now sim.Time)     { panic("skeleton") }

// EachSent calls f for each record from the oldest unacknowledged on (for reinjection).
func (e *Endpoint) EachSent(f func(s *Sent) bool) { panic("skeleton") }

// Accessors. Offsets are in SSN numbering (SYN is 0).
func (e *Endpoint) Local() (wire.Addr, uint16)  { panic("skeleton") }
func (e *Endpoint) Remote() (wire.Addr, uint16) { panic("skeleton") }
func (e *Endpoint) IsClient() bool              { panic("skeleton") }
func (e *Endpoint) Established() bool           { panic("skeleton") } // ESTABLISHED or CLOSE-WAIT: may send data
func (e *Endpoint) SndUna() uint64              { panic("skeleton") }
func (e *Endpoint) SndNxt() uint64              { panic("skeleton") }
func (e *Endpoint) RcvNxt() uint64              { panic("skeleton") }
func (e *Endpoint) ISS() uint32                 { panic("skeleton") }
func (e *Endpoint) IRS() uint32                 { panic("skeleton") }
func (e *Endpoint) SYNsSent() int               { panic("skeleton") } // SYN (or SYN/ACK) transmissions so far
func (e *Endpoint) Backoffs() int               { panic("skeleton") } // RTO expiries in a row
func (e *Endpoint) RTO() unit.Duration          { panic("skeleton") }
func (e *Endpoint) Info() Info                  { panic("skeleton") }
func (e *Endpoint) SetSharedWindow(on bool)     { panic("skeleton") } // the owner enforces the peer's window
func (e *Endpoint) SetProbe(on bool)            { panic("skeleton") } // data waits and the peer's window is shut: run the persist timer
func (e *Endpoint) UserData() uint32            { panic("skeleton") } // owner's own number for this endpoint
func (e *Endpoint) SetUserData(v uint32)        { panic("skeleton") }

// Config holds one host's TCP parameters; zero fields take the profile's value.
type Config struct{}

// Stack is one host's TCP: demultiplexing, listeners, endpoints, timers.
type Stack struct{}

// NewStack attaches TCP to a host.
func NewStack(w *sim.World, net *link.Net, h Host, c Config) *Stack { panic("skeleton") }

// Acceptor decides about an incoming SYN for a listening port. It returns the owner of the new
// endpoint e (not yet answered), or nil to refuse it with a RST.
type Acceptor interface {
	Accept(now sim.Time, e *Endpoint, syn *wire.Segment) Owner
}

// Listen binds a port on all addresses (addr zero) or one.
func (s *Stack) Listen(addr wire.Addr, port uint16, a Acceptor) error { panic("skeleton") }

// SetJoinAcceptor registers who sees SYNs with MP_JOIN before listeners are searched (MPTCP demultiplexes them by
// token). It returns nil to refuse.
func (s *Stack) SetJoinAcceptor(a Acceptor) { panic("skeleton") }

// Dial makes an endpoint and sends its SYN. lport 0 picks an ephemeral port.
func (s *Stack) Dial(now sim.Time, o Owner, local wire.Addr, lport uint16, remote wire.Addr, rport uint16) (*Endpoint, error) {
	panic("skeleton")
}

// Stream is a plain TCP connection's byte stream: send and receive buffers over one Endpoint, with
// Nagle and cork. Its methods up to Err form the interface that sockapi uses and that mptcp.Conn
// also has.
type Stream struct{}

func (s *Stack) DialStream(now sim.Time, local wire.Addr, remote wire.Addr, rport uint16) (*Stream, error) {
	panic("skeleton")
}
func (s *Stack) ListenStream(addr wire.Addr, port uint16, accept func(now sim.Time, s *Stream)) error {
	panic("skeleton")
}

// Ready bits tell what a socket may do now.
type Ready uint8

// Ready bits.
const (
	Readable    Ready = 1 << iota // octets to read, or end of stream
	Writable                      // room in the send buffer
	ConnectDone                   // handshake finished
	Hangup                        // closed or failed; see Err
)

// SetNotify registers the function called when a bit of Ready becomes set (level: once per change).
func (s *Stream) SetNotify(f func(now sim.Time, r Ready)) { panic("skeleton") }

// SendSpace returns the octets that the send buffer can take now.
func (s *Stream) SendSpace() int64 { panic("skeleton") }

// Queue appends n octets of generated content (n ≤ SendSpace); Write appends bytes and returns how many fitted.
func (s *Stream) Queue(now sim.Time, n int64)      { panic("skeleton") }
func (s *Stream) Write(now sim.Time, b []byte) int { panic("skeleton") }

// Readable returns the octets in order not yet read. Read takes at most n of them: one extent
// (contiguous content); call again for more.
func (s *Stream) Readable() int64                         { panic("skeleton") }
func (s *Stream) Read(now sim.Time, n int64) wire.Payload { panic("skeleton") }

// EOF tells that the peer has closed and everything was read.
func (s *Stream) EOF() bool { panic("skeleton") }

// CloseWrite sends the end of the stream after what is queued; Close also discards what arrives
// later; Abort resets. Err returns why the connection failed, or nil.
func (s *Stream) CloseWrite(now sim.Time) { panic("skeleton") }
func (s *Stream) Close(now sim.Time)      { panic("skeleton") }
func (s *Stream) Abort(now sim.Time)      { panic("skeleton") }
func (s *Stream) Err() error              { panic("skeleton") }
