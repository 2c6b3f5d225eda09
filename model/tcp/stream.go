package tcp

import (
	"errors"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Why a stream failed.
var (
	ErrRefused = errors.New("tcp: connection refused")
	ErrReset   = errors.New("tcp: connection reset by peer")
	ErrTimeout = errors.New("tcp: connection timed out")
	ErrAborted = errors.New("tcp: connection aborted")
)

// Ready bits tell what a socket may do now.
type Ready uint8

// Ready bits.
const (
	Readable    Ready = 1 << iota // octets to read, or end of stream
	Writable                      // room in the send buffer
	ConnectDone                   // handshake finished
	Hangup                        // closed or failed; see Err
)

// Stream is a plain TCP connection's byte stream: send and receive buffers over one Endpoint, with
// Nagle and cork. Its methods up to Err form the interface that sockapi uses and that mptcp.Conn
// also has.
type Stream struct {
	s      *Stack
	e      *Endpoint // nil once closed
	snd    SendBuffer
	rcv    RecvBuffer
	notify func(now sim.Time, r Ready)
	accept func(now sim.Time, s *Stream)
	err    error
	small  uint64
	lowat  int64  // bound of unsent octets, 0: none
	tailAt uint64 // where the last packet buffer begins, see SetPacketBuffers

	bits        Ready
	connected   bool
	peerClosed  bool
	writeClosed bool
	discard     bool // the application has gone
	full        bool // the writer found the send buffer full
	took        bool // ... but it has taken all that he had, see SetPacketBuffers
	noDelay     bool
	cork        bool
	more        bool     // the writes announce more data (MSG_MORE)
	hold        bool     // such a write is being sent
	moreTail    bool     // the last octet queued came with such a write
	flush       bool     // whatever waits may go
	records     []uint64 // ends of records in the send buffer (MSG_EOR)
	limits      chrono

	final Info // when e is nil
	last  TCPInfo
}

func (s *Stack) newStream() *Stream {
	st := &Stream{s: s, lowat: s.lowat}
	st.snd.Init(s.net.Contents().New(), s.par.SendBuffer, s.par.SendBufferMax)
	st.rcv.Init(0, s.par.ReceiveBuffer, s.par.ReceiveBufferMax)
	return st
}

// DialStream opens a plain TCP connection.
func (s *Stack) DialStream(now sim.Time, local, remote wire.Addr, rport uint16) (*Stream, error) {
	st, err := s.PrepareStream(now, local, 0, remote, rport)
	if err != nil {
		return nil, err
	}
	st.Connect(now)
	return st, nil
}

// PrepareStream makes a plain TCP connection whose SYN waits for Connect, so that options can be set before.
// lport 0 picks an ephemeral port.
func (s *Stack) PrepareStream(now sim.Time, local wire.Addr, lport uint16, remote wire.Addr,
	rport uint16) (*Stream, error) {
	st := s.newStream()
	e, err := s.Prepare(now, st, local, lport, remote, rport)
	if err != nil {
		return nil, err
	}
	st.e = e
	return st, nil
}

// Connect sends the SYN of a prepared stream. After UseFastOpen on its endpoint the SYN carries as much of
// what is queued as FastOpenRoom admits.
func (s *Stream) Connect(now sim.Time) {
	if s.e == nil || s.e.state != StateSynSent || s.e.open.syns > 0 {
		return
	}
	n := min(s.snd.Unsent(), s.e.FastOpenRoom())
	if n > 0 {
		pos := s.snd.Nxt()
		s.snd.Advance(n)
		s.e.ConnectWith(now, s.snd.Stream(), pos, n)
		return
	}
	s.e.Connect(now)
}

// ListenStream calls accept for each connection to the port when its handshake is done.
func (s *Stack) ListenStream(addr wire.Addr, port uint16, accept func(now sim.Time, s *Stream)) error {
	return s.Listen(addr, port, &streamAcceptor{s: s, accept: accept})
}

type streamAcceptor struct {
	s       *Stack
	accept  func(now sim.Time, s *Stream)
	prepare func(now sim.Time, s *Stream) // nil: nothing to prepare
}

func (a *streamAcceptor) Accept(now sim.Time, e *Endpoint, _ *wire.Segment) Owner {
	st := a.s.newStream()
	st.e, st.accept = e, a.accept
	if a.prepare != nil {
		a.prepare(now, st)
	}
	return st
}

// SetNotify registers the function called when bits of Ready become set, with those bits.
func (s *Stream) SetNotify(f func(now sim.Time, r Ready)) { s.notify = f }

// ReadyBits returns the bits that are set.
func (s *Stream) ReadyBits() Ready { return s.bits }

// TellAgain makes the next octets, or the end of the stream, tell of Readable though it holds already: for a
// reader that waits for more than there is.
func (s *Stream) TellAgain() { s.bits &^= Readable }

// update recomputes the bits and tells of new ones.
func (s *Stream) update(now sim.Time) {
	var r Ready
	if s.rcv.Readable() > 0 || s.EOF() {
		r |= Readable
	}
	if s.connected && !s.writeClosed && s.e != nil && !s.full && s.snd.Space() > 0 {
		r |= Writable
	}
	if s.connected {
		r |= ConnectDone
	}
	if s.e == nil || s.err != nil {
		r |= Hangup
	}
	fresh := r &^ s.bits
	s.bits = r
	if fresh != 0 && s.notify != nil {
		s.notify(now, fresh)
	}
}

// SendSpace returns the octets that the send buffer can take now.
func (s *Stream) SendSpace() int64 {
	if s.writeClosed || s.e == nil || s.lowat > 0 && s.snd.Unsent() >= s.lowat {
		return 0
	}
	return s.snd.Space()
}

// Queue appends n octets of generated content (n at most SendSpace).
func (s *Stream) Queue(now sim.Time, n int64) {
	if n < 0 || n > s.SendSpace() {
		s.s.w.Fail("tcp %s: Queue of %d octets with space for %d", s.s.name, n, s.SendSpace())
	}
	s.snd.Queue(n)
	s.queued(now)
}

// Write appends bytes and returns how many fitted.
func (s *Stream) Write(now sim.Time, b []byte) int {
	if s.s.packets && s.e != nil {
		return s.writePackets(now, b)
	}
	n := min(int64(len(b)), s.SendSpace())
	if n > 0 {
		pos := s.snd.Queue(n)
		s.s.net.Contents().AppendBytes(s.snd.Stream(), pos, b[:n])
	}
	s.queued(now)
	return int(n)
}

func (s *Stream) queued(now sim.Time) {
	s.hold, s.moreTail = s.more, s.more
	s.push(now)
	s.hold = false
	if s.snd.Space() == 0 || s.lowat > 0 && s.snd.Unsent() >= s.lowat {
		s.full = true
		s.bits &^= Writable
		s.clock(now)
	}
}

// Readable returns the octets in order not yet read.
func (s *Stream) Readable() int64 { return s.rcv.Readable() }

// Read takes at most n of the octets in order: one extent (contiguous content); call again for more.
func (s *Stream) Read(now sim.Time, n int64) wire.Payload {
	p := s.rcv.Read(n)
	if p.Len == 0 {
		return p
	}
	if s.rcv.Readable() == 0 && !s.EOF() {
		s.bits &^= Readable
	}
	if s.e != nil {
		s.rcv.Tune(now, s.e.ReceiveRTT(), s.e.rcv.mss)
		s.e.announceWindow(now, s.rcv.Window(), s.rcv.Size())
	}
	return p
}

// PeerClosed tells that all of the peer's stream has arrived, read or not.
func (s *Stream) PeerClosed() bool { return s.peerClosed }

// EOF tells that the peer has closed and everything was read.
func (s *Stream) EOF() bool { return s.peerClosed && s.rcv.Readable() == 0 }

// CloseWrite sends the end of the stream after what is queued.
func (s *Stream) CloseWrite(now sim.Time) {
	if s.writeClosed || s.e == nil {
		return
	}
	s.writeClosed = true
	s.bits &^= Writable
	if !s.connected {
		if s.e.state == StateSynSent {
			s.e.CloseSend(now)
		}
		return
	}
	s.push(now)
}

// Close sends the end of the stream after what is queued. If octets have arrived that nobody will read, or
// do so later, the connection is reset instead, so that the peer learns of it (RFC 9293 section 3.6.1,
// SHLD-3).
func (s *Stream) Close(now sim.Time) {
	s.discard = true
	if s.rcv.Readable() > 0 {
		s.Abort(now)
		return
	}
	s.CloseWrite(now)
	if s.e != nil {
		s.e.LimitFinWait(now)
		s.e.RefuseData()
	}
}

// Abort resets.
func (s *Stream) Abort(now sim.Time) {
	if s.e != nil {
		s.e.Abort(now)
	}
}

// Err returns why the connection failed (ErrRefused, ErrReset, ErrTimeout, ErrAborted), or nil.
func (s *Stream) Err() error { return s.err }

// Endpoint returns the endpoint below, nil once it is closed.
func (s *Stream) Endpoint() *Endpoint { return s.e }

// Info returns the endpoint's snapshot, the last one once it is closed.
func (s *Stream) Info() Info {
	if s.e != nil {
		return s.e.Info()
	}
	return s.final
}

// SendBuffer returns the send buffer, RecvBuffer the receive buffer, for their sizes and positions.
func (s *Stream) SendBuffer() *SendBuffer { return &s.snd }

// RecvBuffer returns the receive buffer.
func (s *Stream) RecvBuffer() *RecvBuffer { return &s.rcv }

// SetUserTimeout sets the endpoint's user timeout (TCP_USER_TIMEOUT).
func (s *Stream) SetUserTimeout(now sim.Time, d unit.Duration) {
	if s.e != nil {
		s.e.SetUserTimeout(now, d)
	}
}

// idle tells that Ready would find nothing to do: an end that only receives.
func (s *Stream) idle() bool {
	return s.snd.end == s.snd.una && s.limits.state == chronoIdle && !s.writeClosed && s.e != nil &&
		!s.e.snd.probe && s.lowat == 0 && len(s.records) == 0
}

// push sends what may be sent.
func (s *Stream) push(now sim.Time) {
	e := s.e
	if e == nil || !s.connected || e.snd.finQueued {
		return
	}
	unsent := s.snd.Unsent()
	if len(s.records) > 0 {
		unsent = s.pushRecords(now, unsent)
	} else if unsent > 0 {
		if room := e.Room(); room > 0 {
			unsent -= s.transmit(now, unsent, room)
		}
	}
	waits := unsent > 0
	if !waits && s.writeClosed {
		e.CloseSend(now)
	}
	if waits != e.snd.probe {
		e.SetProbe(waits)
	}
	if !waits {
		if s.full || s.limits.state != chronoBusy { // else it stays as it is
			s.clock(now)
		}
		return
	}
	state := chronoBusy // what clock would find
	if int64(e.snd.edge)-int64(e.snd.nxt) < min(e.snd.mss, unsent) && e.cwndOpen() {
		state = chronoWindow
	}
	if state != s.limits.state {
		s.limits.set(now, state)
	}
}

// transmit sends what the rules let go of the unsent octets, with room for that many, and returns how many
// octets that was.
func (s *Stream) transmit(now sim.Time, unsent, room int64) int64 {
	e := s.e
	n, small := s.sendable(now, unsent, room)
	if n == 0 {
		return 0
	}
	last := n == unsent
	if last && e.tm.pending(timerCork) {
		e.clearTimer(timerCork)
	}
	o := SendOptions{Push: last && (!s.moreTail || e.Override() || s.writeClosed),
		Fin: last && s.writeClosed && n == s.snd.Unsent()}
	e.Send(now, s.snd.Stream(), s.snd.Nxt(), n, o)
	s.snd.Advance(n)
	if small {
		s.small = e.snd.nxt
	}
	return n
}

// The owner's side.

// Outgoing adds nothing: a plain stream has no options.
func (s *Stream) Outgoing(sim.Time, *Endpoint, *wire.Segment, *Sent) {}

// Incoming accepts every segment.
func (s *Stream) Incoming(sim.Time, *Endpoint, *wire.Segment) bool { return true }

// Deliver stores data.
func (s *Stream) Deliver(now sim.Time, _ *Endpoint, seq uint64, p wire.Payload) {
	s.rcv.Insert(seq-1, p)
	if s.discard {
		for s.rcv.Readable() > 0 {
			s.rcv.Read(s.rcv.Readable())
		}
		return
	}
	if s.bits&Readable == 0 {
		s.update(now)
	}
}

// Acked frees the send buffer.
func (s *Stream) Acked(now sim.Time, e *Endpoint, una uint64) {
	s.snd.Ack(min(una-1, s.snd.End()))
	s.snd.Grow(e.CC.Cwnd)
	if s.snd.una == s.snd.end {
		s.clock(now)
	}
	if s.full && s.snd.Writable() && s.lowat == 0 {
		s.full = false
		s.update(now)
	}
}

// Ready sends.
func (s *Stream) Ready(now sim.Time, _ *Endpoint) {
	s.push(now)
	if s.lowat > 0 && s.full && s.snd.Writable() && 2*s.snd.Unsent() < s.lowat {
		s.full = false
		s.update(now)
	}
}

// Window returns the free part of the receive buffer.
func (s *Stream) Window(sim.Time, *Endpoint) int64 { return s.rcv.Window() }

// PeerWindow needs no action: the endpoint enforces the window itself.
func (s *Stream) PeerWindow(sim.Time, *Endpoint, uint64, int64) {}

// Changed follows the endpoint's life.
func (s *Stream) Changed(now sim.Time, e *Endpoint, ev Event) {
	switch ev {
	case Connected, FastOpened:
		early := s.connected // the cookie opened it before
		s.connected = true
		if s.accept != nil && !early {
			s.accept(now, s)
		}
	case PeerClosed:
		s.peerClosed = true
	case Reset:
		s.err = ErrReset
		if !s.connected && e.client {
			s.err = ErrRefused
		}
	case TimedOut:
		s.err = e.TimeoutReason()
	case Aborted:
		s.err = ErrAborted
	case Closed:
		s.final, s.last = e.Info(), e.TCPInfo(now)
		s.e = nil
	case SendClosed, RTOFired, Progress, TimeWaiting:
		return
	}
	s.update(now)
}
