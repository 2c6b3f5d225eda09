package sockapi

import (
	"fmt"

	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Flow is a connected or connecting stream socket that no process waits on: whoever has it is called back
// from inside the transport's processing and never blocks. It is what workloads of very many connections
// use; Conn and Socket are for applications.
type Flow struct {
	sock  socket
	tcp   *tcp.Stream
	mptcp *mptcp.Conn
}

// FlowConfig is what a flow has of its own, apart from its host's configuration.
type FlowConfig struct {
	Network    Network
	Congestion string // name of a controller of model/cc for all its subflows; empty: the host's

	// Of a flow that opens, with Network MPTCP: subflows in all, 1..255 (0: as the host's path manager
	// decides), over the pairs of addresses in their order (see pm.Spread); nil: other ports of the first
	// pair. The flow keeps the slice.
	Subflows int
	Pairs    []pm.AddrPair

	// TimeWait is how long its endpoints stay in TIME-WAIT; 0: as long as the host says.
	TimeWait unit.Duration
	// Forget leaves nothing of the connection when it is over: it is not in the host's lists.
	Forget bool

	SendBuffer, ReceiveBuffer int64 // octets, fixed; 0: as the host tunes them
}

// check reports what is wrong with the settings.
func (c *FlowConfig) check(h *Host) error {
	if c.Congestion != "" {
		t := h.tcp.Config()
		t.Congestion = c.Congestion
		if err := t.Validate(); err != nil {
			return fmt.Errorf("host %s: %w", h.name, err)
		}
	}
	if c.Subflows < 0 || c.Subflows > 255 || c.TimeWait < 0 || c.SendBuffer < 0 || c.ReceiveBuffer < 0 {
		return fmt.Errorf("%w: host %s: flow with %d subflows, TIME-WAIT %v, buffers of %d and %d octets: "+
			"subflows must be 0..255, the rest not negative", EINVAL, h.name, c.Subflows, c.TimeWait, c.SendBuffer,
			c.ReceiveBuffer)
	}
	return nil
}

// World returns the world, or the part of one, that the host lives in.
func (h *Host) World() *sim.World { return h.world }

// Reaches tells whether a way leads from one of the host's addresses to another host's, as far as its
// machine can tell.
func (h *Host) Reaches(local, remote wire.Addr) bool {
	machine, ok := h.tcp.Host().(interface {
		Reach(src, dst wire.Addr) error
	})
	return !ok || machine.Reach(local, remote) == nil
}

// Joined tells whether Reaches is true, or was before anything failed: what is sent may come through later.
func (h *Host) Joined(local, remote wire.Addr) bool {
	machine, ok := h.tcp.Host().(interface {
		Joined(src, dst wire.Addr) bool
	})
	return !ok || machine.Joined(local, remote)
}

// OpenFlow opens a connection and returns at once; notify is called when bits of Ready become set,
// ConnectDone and Hangup among them, never from inside OpenFlow. On a host without MPTCP the flow is plain
// TCP. Errors: those of Dial but ECONNREFUSED and ETIMEDOUT, and of wrong settings.
func (h *Host) OpenFlow(now sim.Time, c *FlowConfig, local, remote wire.Addr, port uint16,
	notify func(now sim.Time, r tcp.Ready)) (Flow, error) {
	if err := c.check(h); err != nil {
		return Flow{}, err
	}
	if port == 0 || !remote.IsValid() || !local.IsValid() {
		return Flow{}, EINVAL
	}
	if c.Network == MPTCP && h.mptcp != nil {
		m, err := h.mptcp.Prepare(now, local, 0, remote, port)
		if err != nil {
			return Flow{}, dialError(err)
		}
		if c.Subflows > 0 {
			pairs := c.Pairs
			if len(pairs) == 0 {
				pairs = []pm.AddrPair{{Local: local, Remote: remote}}
			}
			if err := m.SetManager(pm.Spread(pairs, c.Subflows), c.Subflows); err != nil {
				return Flow{}, err
			}
		}
		c.applyMPTCP(now, m)
		m.SetNotify(notify)
		m.Connect(now)
		return Flow{sock: m, mptcp: m}, nil
	}
	s, err := h.tcp.PrepareStream(now, local, 0, remote, port)
	if err != nil {
		return Flow{}, dialError(err)
	}
	if !c.Forget {
		h.track(s, true)
	}
	c.applyTCP(now, s)
	s.SetNotify(notify)
	s.Connect(now)
	return Flow{sock: s, tcp: s}, nil
}

// ListenFlows accepts connections to a port on one address, or on all of the host's with the zero Addr:
// accept is called when a handshake is done, and sets the flow's notify function. An accepted flow opens no
// subflows of its own if c.Subflows is not 0; it then takes as many as c.Subflows. Errors: EADDRINUSE,
// EINVAL, and of wrong settings.
func (h *Host) ListenFlows(c FlowConfig, addr wire.Addr, port uint16,
	accept func(now sim.Time, f Flow)) error {
	if err := c.check(h); err != nil {
		return err
	}
	if port == 0 {
		return EINVAL
	}
	var err error
	if c.Network == MPTCP && h.mptcp != nil {
		prepare := func(now sim.Time, m *mptcp.Conn) {
			if c.Subflows > 0 {
				none, _ := pm.New("none", pm.Config{})
				_ = m.SetManager(none, c.Subflows) // the number was checked
			}
			c.applyMPTCP(now, m)
		}
		err = h.mptcp.ListenWith(addr, port, prepare, func(now sim.Time, m *mptcp.Conn) {
			accept(now, Flow{sock: m, mptcp: m})
		})
	} else {
		prepare := func(now sim.Time, s *tcp.Stream) { c.applyTCP(now, s) }
		err = h.tcp.ListenStreamWith(addr, port, prepare, func(now sim.Time, s *tcp.Stream) {
			if !c.Forget {
				h.track(s, false)
			}
			accept(now, Flow{sock: s, tcp: s})
		})
	}
	if err != nil {
		return fmt.Errorf("%w: %w", EADDRINUSE, err)
	}
	return nil
}

func (c *FlowConfig) applyMPTCP(now sim.Time, m *mptcp.Conn) {
	if c.Congestion != "" {
		_ = m.SetCongestion(c.Congestion) // the name was checked
	}
	if c.TimeWait > 0 {
		m.SetTimeWait(c.TimeWait)
	}
	if c.Forget {
		m.Forget()
	}
	if c.SendBuffer > 0 {
		m.SetSendBuffer(now, c.SendBuffer)
	}
	if c.ReceiveBuffer > 0 {
		m.SetReceiveBuffer(now, c.ReceiveBuffer)
	}
}

func (c *FlowConfig) applyTCP(now sim.Time, s *tcp.Stream) {
	e := s.Endpoint()
	if c.Congestion != "" {
		_ = e.SetCongestion(c.Congestion) // the name was checked
	}
	if c.TimeWait > 0 {
		e.SetTimeWait(c.TimeWait)
	}
	if c.SendBuffer > 0 {
		s.SetSendBuffer(now, c.SendBuffer)
	}
	if c.ReceiveBuffer > 0 {
		s.SetReceiveBuffer(c.ReceiveBuffer)
	}
}

// SetNotify registers the function called when bits of Ready become set; nil: nobody.
func (f Flow) SetNotify(notify func(now sim.Time, r tcp.Ready)) { f.sock.SetNotify(notify) }

// Fill queues as much generated content as the send buffer takes, at most so many octets, and returns how
// many.
func (f Flow) Fill(now sim.Time, octets int64) int64 {
	n := min(octets, f.sock.SendSpace())
	if n > 0 {
		f.sock.Queue(now, n)
	}
	return max(n, 0)
}

// Readable returns the octets in order not yet read; Read takes at most n of them, one extent (Len 0:
// nothing).
func (f Flow) Readable() int64 { return f.sock.Readable() }

// Read is described with Readable.
func (f Flow) Read(now sim.Time, n int64) wire.Payload { return f.sock.Read(now, n) }

// EOF tells that the peer has closed and everything was read.
func (f Flow) EOF() bool { return f.sock.EOF() }

// CloseWrite ends the sending direction after what is queued, Close gives the socket back, Abort resets.
func (f Flow) CloseWrite(now sim.Time) { f.sock.CloseWrite(now) }

// Close is described with CloseWrite.
func (f Flow) Close(now sim.Time) { f.sock.Close(now) }

// Abort is described with CloseWrite.
func (f Flow) Abort(now sim.Time) { f.sock.Abort(now) }

// Err returns why the connection failed, or nil.
func (f Flow) Err() error {
	if err := f.sock.Err(); err != nil {
		return errnoOf(err)
	}
	return nil
}

// SendStream returns the number of the content stream that this end sends, as the peer's Checker sees it.
func (f Flow) SendStream() uint32 {
	if f.mptcp != nil {
		return f.mptcp.SendStream()
	}
	return f.tcp.SendBuffer().Stream()
}

// TCP returns the stream of a flow of plain TCP, else nil; MPTCP the connection of a Multipath TCP one,
// else nil.
func (f Flow) TCP() *tcp.Stream { return f.tcp }

// MPTCP is described with TCP.
func (f Flow) MPTCP() *mptcp.Conn { return f.mptcp }
