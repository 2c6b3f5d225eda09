package sockapi

// Completion is what the error queue of a socket tells of sends with MSG_ZEROCOPY (Linux 6.18,
// Documentation/networking/msg_zerocopy.rst): the calls First to Last, counted from 0, are over with their
// buffers. All octets are copied here, which Linux tells with SO_EE_CODE_ZEROCOPY_COPIED.
type Completion struct{ First, Last uint32 }

// zeroCopy are the sends of one socket whose completion was asked for.
type zeroCopy struct {
	calls   uint32
	told    uint32  // completions up to here were read
	pending []int64 // ends of the calls not completed, octets of the stream
}

// noteZeroCopy counts a send that took octets. Linux gives MPTCP sockets no notifications.
func (s *Socket) noteZeroCopy(f Flags, n int) {
	if f&MsgZeroCopy == 0 || n <= 0 || !s.opt.on(ZeroCopy) || s.conn == nil || s.conn.TCP() == nil {
		return
	}
	s.zero.calls++
	s.zero.pending = append(s.zero.pending, int64(s.conn.TCP().SendBuffer().End()))
}

// completed returns how many of the calls are over: the peer has acknowledged their octets, or the connection
// has ended.
func (s *Socket) completed() uint32 {
	z := &s.zero
	if len(z.pending) == 0 {
		return z.calls
	}
	t := s.conn.TCP()
	una := int64(t.SendBuffer().Una())
	for len(z.pending) > 0 && (z.pending[0] <= una || t.Endpoint() == nil) {
		z.pending = z.pending[1:]
	}
	return z.calls - uint32(len(z.pending))
}

// ErrorQueue takes the notification of what has completed since the last one (recvmsg with MSG_ERRQUEUE); it
// never blocks. Errors: EAGAIN where nothing has.
func (s *Socket) ErrorQueue() (Completion, error) {
	done := s.completed()
	if done == s.zero.told {
		return Completion{}, EAGAIN
	}
	c := Completion{First: s.zero.told, Last: done - 1}
	s.zero.told = done
	return c, nil
}
