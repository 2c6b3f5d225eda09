package sockapi

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Send puts octets into the send buffer: all of them if it blocks, else what fits. Errors: EAGAIN, EPIPE,
// EBADF, and the connection's error once.
func (s *Socket) Send(p *sim.Proc, b []byte, f Flags, block bool) (int, error) {
	n, err := s.send(p, b, f, block)
	if f&MsgZeroCopy != 0 {
		s.noteZeroCopy(f, n)
	}
	return n, err
}

func (s *Socket) send(p *sim.Proc, b []byte, f Flags, block bool) (int, error) {
	block = block && f&MsgDontWait == 0
	if s.state == socketClosed {
		return 0, EBADF
	}
	if s.deferred {
		s.deferred = false
		return s.sendEarly(p, b, f, block)
	}
	total := 0
	until := deadline(p, s.sendTimeout)
	for {
		if ok, err := s.sendState(); err != nil {
			if total > 0 {
				return total, nil
			}
			return 0, err
		} else if ok {
			total += s.put(p.Now(), b[total:], f)
		}
		switch {
		case total == len(b) && s.conn.connected():
			return total, nil
		case !block && total > 0:
			return total, nil
		case !block:
			return 0, EAGAIN
		}
		if ok, err := p.WaitUntil(until, &s.conn.changed); err != nil {
			return total, err
		} else if !ok {
			return late(total)
		}
		if s.state == socketClosed {
			return total, EBADF
		}
	}
}

// sendState tells whether octets can be put into the send buffer, or why they never will; neither: wait.
func (s *Socket) sendState() (bool, error) {
	if s.conn == nil {
		return false, EPIPE
	}
	c := s.conn
	failed, bits := c.sock.Err() != nil, c.sock.ReadyBits()
	switch {
	case failed && !s.told && !s.lost():
		return false, s.takeError()
	case failed || c.writeClosed || bits&tcp.Hangup != 0:
		return false, EPIPE
	case !c.connected():
		return false, nil
	}
	return bits&tcp.Writable != 0 || c.sock.SendSpace() > 0, nil
}

// put writes what fits.
func (s *Socket) put(now sim.Time, b []byte, f Flags) int {
	if f&(MsgMore|MsgEOR) != 0 && s.conn.TCP() != nil {
		return s.putFlagged(now, b, f)
	}
	n := s.conn.sock.Write(now, b)
	s.conn.sent += int64(n)
	return n
}

// putFlagged is put into a TCP stream with MsgMore or MsgEOR.
func (s *Socket) putFlagged(now sim.Time, b []byte, f Flags) int {
	t := s.conn.TCP()
	t.SetMore(f&MsgMore != 0)
	n := t.Write(now, b)
	t.SetMore(false)
	s.conn.sent += int64(n)
	if f&MsgEOR != 0 && n == len(b) {
		t.EndRecord()
	}
	return n
}

// SendTo is Send that connects with data on the SYN if f has MsgFastOpen (RFC 7413 section 4.1.3); without
// the flag the address says nothing. Errors: those of Send and Connect.
func (s *Socket) SendTo(p *sim.Proc, b []byte, f Flags, local, remote wire.Addr, port uint16,
	block bool) (int, error) {
	block = block && f&MsgDontWait == 0
	s.settle()
	switch {
	case f&MsgFastOpen == 0 || s.state == socketConnected || s.deferred:
		return s.Send(p, b, f, block)
	case s.state == socketConnecting:
		return 0, EALREADY
	case s.state != socketFresh:
		return 0, EINVAL
	case port == 0 || !remote.IsValid() || !local.IsValid():
		return 0, EDESTADDRREQ
	case s.host.tcp.Config().FastOpen&tcp.FastOpenClient == 0:
		return 0, EOPNOTSUPP
	}
	if err := s.start(local, remote, port, true); err != nil {
		return 0, err
	}
	n, err := s.sendEarly(p, b, f, block)
	s.noteZeroCopy(f, n)
	return n, err
}

// sendEarly sends the SYN of a prepared connection with as much of b as it may carry, and the rest when the
// handshake has ended.
func (s *Socket) sendEarly(p *sim.Proc, b []byte, f Flags, block bool) (int, error) {
	n, room := len(b), int(min(s.earlyRoom(), int64(len(b))))
	if !block {
		n = room
	}
	if n > 0 { // a blocked writer's octets go with the ACK that ends the handshake
		n = s.conn.sock.Write(p.Now(), b[:n])
		s.conn.sent += int64(n)
	}
	if t := s.conn.TCP(); t != nil && room < n {
		t.SetWritePending(true)
		defer t.SetWritePending(false)
	}
	s.sendSYN(p.Now())
	switch {
	case !block && n > 0:
		return n, nil
	case !block:
		return 0, EINPROGRESS
	}
	if err := s.awaitConnect(p, true, EAGAIN); err != nil {
		return 0, err
	}
	if n == len(b) {
		return n, nil
	}
	rest, err := s.send(p, b[n:], f, true)
	return n + rest, err
}

// SendRoom tells whether Send without blocking would take something.
func (s *Socket) SendRoom() bool {
	ok, err := s.sendState()
	return ok && err == nil
}

// Outstanding returns the octets of the send buffer that are not acknowledged (SIOCOUTQ), Unsent those not
// yet sent (SIOCOUTQNSD).
func (s *Socket) Outstanding() int64 {
	switch {
	case s.conn == nil:
		return 0
	case s.conn.TCP() != nil:
		b := s.conn.TCP().SendBuffer()
		return int64(b.End() - b.Una())
	}
	i := s.conn.MPTCP().Info()
	return i.BytesQueued - i.BytesAcked
}

// Unsent is described with Outstanding.
func (s *Socket) Unsent() int64 {
	switch {
	case s.conn == nil:
		return 0
	case s.conn.TCP() != nil:
		return s.conn.TCP().SendBuffer().Unsent()
	}
	i := s.conn.MPTCP().Info()
	return i.BytesQueued - i.BytesSent
}
