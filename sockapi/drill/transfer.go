package drill

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/drill/pkt"
)

// message is what a receiving or sending call says of its buffers.
type message struct {
	buffer *pkt.Expr
	octets int64
	flags  int64
	flagAt *pkt.Expr
	header *pkt.Expr // msghdr
	to     *pkt.Expr
	null   bool
}

// message reads the arguments of one of the calls.
func (r *runner) message(c *pkt.Call) (m message) {
	m.buffer = r.arg(c, 1)
	switch c.Name {
	case "read", "write":
		m.octets = r.intArg(c, 2)
	case "recv", "send", "recvfrom", "sendto":
		m.octets, m.flagAt = r.intArg(c, 2), r.arg(c, 3)
		if c.Name == "sendto" {
			m.to = r.arg(c, 4)
		}
	case "readv", "writev":
		m.octets = r.iov(m.buffer)
	case "recvmsg", "sendmsg":
		m.header, m.flagAt = m.buffer, r.arg(c, 2)
		if m.header.Kind != pkt.Struct {
			r.bad(m.header.Pos, "a message {msg_name(...)=..., msg_iov(N)=[...], msg_flags=0} is needed here")
		}
		v := field(m.header, "msg_iov")
		if v == nil {
			r.bad(m.header.Pos, "the message has no msg_iov")
		}
		m.octets = r.iov(v)
		m.to = field(m.header, "msg_name")
	}
	if m.flagAt != nil {
		m.flags = r.number(m.flagAt)
	}
	m.null = isNull(m.buffer)
	return m
}

func (r *runner) callRecv(c *pkt.Call) func(p *sim.Proc) answer {
	f, m := r.fd(c, 0), r.message(c)
	if m.flagAt != nil {
		r.refuseFlags(m.flagAt, m.flags, "MSG_OOB")
	}
	if f == nil || f.sock == nil {
		return result(sockapi.EBADF)
	}
	if m.flags&constants["MSG_ERRQUEUE"] != 0 {
		return func(*sim.Proc) answer { return r.errorQueue(f, m.header) }
	}
	b := r.bufferOctets(&pkt.Expr{Pos: m.buffer.Pos}, m.octets)
	return func(p *sim.Proc) answer {
		if m.null && m.octets > 0 && f.sock.Readable() > 0 {
			return outcome(sockapi.EFAULT)
		}
		a := octets(f.sock.Recv(p, b, r.msgFlags(m.flags), !f.nonblock))
		if m.buffer.Kind == pkt.String && a.err == nil {
			a.note = compareOctets(m.buffer, b[:max(a.value, 0)])
		}
		if m.header != nil && a.err == nil && a.note == "" {
			a.note = r.control(f, m.header)
		}
		return a
	}
}

// compareOctets compares what was read with a string; one that is followed by ... is a beginning.
func compareOctets(want *pkt.Expr, got []byte) string {
	text := string(got)
	if want.Open {
		text = text[:min(len(text), len(want.Str))]
	}
	if text != want.Str {
		return "the octets read are others"
	}
	return ""
}

// control compares the ancillary data of a received message: TCP_CM_INQ alone is modelled.
func (r *runner) control(f *file, header *pkt.Expr) string {
	list := field(header, "msg_control")
	if list == nil || list.Kind != pkt.List {
		return ""
	}
	for _, m := range list.Args {
		kind, data := field(m, "cmsg_type"), field(m, "cmsg_data")
		if kind == nil || data == nil || kind.Kind != pkt.Word || kind.Name != "TCP_CM_INQ" {
			r.bad(m.Pos, "of ancillary data only TCP_CM_INQ is modelled")
		}
		if !f.inq {
			return "there is no TCP_CM_INQ: TCP_INQ is not set"
		}
		got := f.sock.Readable()
		if got == 0 && f.sock.EndSeen() {
			got = 1 // tcp_inq_hint: the end of the stream counts as something to read
		}
		if want := r.number(data); got != want {
			return "TCP_CM_INQ is " + decimal(got) + " instead of " + decimal(want)
		}
	}
	return ""
}

func (r *runner) callSend(c *pkt.Call) func(p *sim.Proc) answer {
	f, m := r.fd(c, 0), r.message(c)
	if m.flagAt != nil {
		r.refuseFlags(m.flagAt, m.flags, "MSG_OOB")
	}
	if f == nil || f.sock == nil {
		return result(sockapi.EBADF)
	}
	b := r.bufferOctets(m.buffer, m.octets)
	var addr wire.Addr
	var port uint16
	if m.to != nil {
		var ok bool
		if addr, port, ok = r.sockaddr(m.to); !ok {
			addr, port = r.c.remote, r.c.connPort
		}
	}
	return func(p *sim.Proc) answer {
		if m.null && m.octets > 0 {
			return outcome(sockapi.EFAULT)
		}
		if !addr.IsValid() && m.to != nil && m.flags&constants["MSG_FASTOPEN"] != 0 {
			return outcome(sockapi.EOPNOTSUPP) // AF_UNSPEC (Linux, tcp_sendmsg_fastopen)
		}
		defer r.watchConnect(f)()
		return octets(f.sock.SendTo(p, b, r.msgFlags(m.flags), r.localFor(addr), addr, port, !f.nonblock))
	}
}

// callFile has the calls on pipes and files of zeros.
func (r *runner) callFile(c *pkt.Call) func(p *sim.Proc) answer {
	switch c.Name {
	case "pipe":
		ends := r.arg(c, 0)
		if ends.Kind != pkt.List || len(ends.Args) != 2 {
			r.bad(ends.Pos, "[FD, FD] is needed here")
		}
		want := [2]int64{r.number(ends.Args[0]), r.number(ends.Args[1])}
		return func(*sim.Proc) answer {
			p := &pipe{}
			for _, w := range want {
				if a := r.openAs(w, &file{pipe: p}); a.note != "" {
					return a
				}
			}
			return answer{}
		}
	case "open":
		return func(*sim.Proc) answer { return r.open(c, &file{regular: true, size: r.sys.fileSize}) }
	}
	from, to := r.fd(c, 0), r.fd(c, 1)
	if c.Name == "splice" {
		to = r.fd(c, 2)
		n, flags := r.intArg(c, 4), r.intArg(c, 5)
		return func(p *sim.Proc) answer { return r.splice(p, from, to, n, flags&2 != 0) }
	}
	n := r.intArg(c, 3)
	return func(p *sim.Proc) answer {
		if from == nil || from.sock == nil || to == nil || !to.regular {
			return outcome(sockapi.EBADF)
		}
		return octets(from.sock.Send(p, make([]byte, min(n, to.size)), 0, !from.nonblock))
	}
}

// splice moves octets between a socket and a pipe.
func (r *runner) splice(p *sim.Proc, from, to *file, n int64, nonblock bool) answer {
	switch {
	case from != nil && from.sock != nil && to != nil && to.pipe != nil:
		a := octets(from.sock.Recv(p, make([]byte, n), 0, !from.nonblock && !nonblock))
		to.pipe.octets += max(a.value, 0)
		return a
	case from != nil && from.pipe != nil && to != nil && to.sock != nil:
		a := octets(to.sock.Send(p, make([]byte, min(n, from.pipe.octets)), 0, !to.nonblock && !nonblock))
		from.pipe.octets -= max(a.value, 0)
		return a
	}
	return outcome(sockapi.EINVAL)
}
