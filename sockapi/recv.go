package sockapi

import (
	"io"

	"mpsim/sim"
)

// Recv reads at most len(b) octets: what is there, or with MsgWaitAll all of them unless the stream ends or
// fails before. MsgPeek leaves them in the buffer. It returns io.EOF at the end of the stream. Errors: EAGAIN,
// ENOTCONN, EINVAL, EBADF, and the connection's error once.
func (s *Socket) Recv(p *sim.Proc, b []byte, f Flags, block bool) (int, error) {
	block = block && f&MsgDontWait == 0
	switch {
	case s.state == socketClosed:
		return 0, EBADF
	case s.deferred && !block:
		return 0, EAGAIN
	case s.conn == nil || s.deferred || s.state == socketListening:
		return 0, ENOTCONN
	}
	total := 0
	until := deadline(p, s.recvTimeout)
	for {
		sock := s.conn.sock
		if f&MsgPeek != 0 {
			total = s.peek(b)
		} else {
			total += s.take(p.Now(), b[total:])
		}
		failed := sock.Err() != nil
		over := failed || s.noRead || sock.PeerClosed()
		switch {
		case total > 0 && (total == len(b) || f&MsgWaitAll == 0 || !block || over):
			return total, nil
		case len(b) == 0 && !sock.EOF():
			return 0, nil
		case failed && s.lost():
			return 0, ENOTCONN
		case failed && !s.told:
			return 0, s.takeError()
		case over:
			return 0, io.EOF
		case !block:
			return 0, EAGAIN
		}
		if total > 0 && f&MsgPeek != 0 {
			sock.TellAgain()
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

// late is the answer of a call whose time is over.
func late(total int) (int, error) {
	if total > 0 {
		return total, nil
	}
	return 0, EAGAIN
}

func (s *Socket) take(now sim.Time, b []byte) int {
	total := 0
	for total < len(b) && s.conn.sock.Readable() > 0 {
		x := s.conn.sock.Read(now, int64(len(b)-total))
		s.conn.note(now, x)
		s.conn.contents.ReadAt(x.Stream, x.Pos, b[total:total+int(x.Len)])
		total += int(x.Len)
	}
	s.read += int64(total)
	return total
}

// peek copies what take would take.
func (s *Socket) peek(b []byte) int {
	total := 0
	for total < len(b) {
		x := s.conn.sock.Peek(int64(total), int64(len(b)-total))
		if x.Len == 0 {
			break
		}
		s.conn.contents.ReadAt(x.Stream, x.Pos, b[total:total+int(x.Len)])
		total += int(x.Len)
	}
	return total
}

// Readable returns the octets that Recv would return at once (SIOCINQ).
func (s *Socket) Readable() int64 {
	if s.conn == nil {
		return 0
	}
	return s.conn.sock.Readable()
}

// EndSeen tells that the peer's stream has ended and all was read.
func (s *Socket) EndSeen() bool { return s.conn != nil && s.conn.sock.EOF() }
