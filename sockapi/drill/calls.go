package drill

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/drill/pkt"
)

// lookup returns what a call does. Arguments are read before it runs, so that a wrong one is told with its
// place.
func (r *runner) lookup(c *pkt.Call) func(p *sim.Proc) answer {
	switch c.Name {
	case "socket":
		return r.callSocket(c)
	case "bind", "connect", "listen", "accept", "accept4", "shutdown":
		return r.callSetup(c)
	case "close":
		n := r.intArg(c, 0)
		return func(*sim.Proc) answer { return r.closeFD(n) }
	case "fcntl":
		return r.callFcntl(c)
	case "ioctl":
		return r.callIoctl(c)
	case "read", "recv", "recvfrom", "readv", "recvmsg":
		return r.callRecv(c)
	case "write", "send", "sendto", "writev", "sendmsg":
		return r.callSend(c)
	case "setsockopt", "getsockopt":
		return r.callOption(c)
	case "poll":
		return r.callPoll(c)
	case "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait":
		return r.callEpoll(c)
	case "pipe", "open", "sendfile", "splice":
		return r.callFile(c)
	}
	r.bad(c.Pos, "%s is no system call that this runner knows", c.Name)
	return nil
}

// result returns a function that fails with an error or gives 0.
func result(err error) func(*sim.Proc) answer { return func(*sim.Proc) answer { return outcome(err) } }

func (r *runner) callSocket(c *pkt.Call) func(p *sim.Proc) answer {
	kind, proto := r.intArg(c, 1), r.intArg(c, 2)
	if a := r.arg(c, 0); a.Kind != pkt.Ellipsis {
		if f := r.number(a); f != constants["AF_INET"] && f != constants["AF_INET6"] {
			r.bad(a.Pos, "only AF_INET and AF_INET6 are modelled")
		}
	}
	network := sockapi.TCP
	switch {
	case kind&0xf != constants["SOCK_STREAM"]:
		r.bad(c.Args[1].Pos, "only SOCK_STREAM is modelled")
	case proto == constants["IPPROTO_MPTCP"]:
		network = sockapi.MPTCP
	case proto == constants["IPPROTO_UDP"]:
		return result(sockapi.EPROTONOSUPPORT)
	case proto != 0 && proto != constants["IPPROTO_TCP"]:
		r.bad(c.Args[2].Pos, "only IPPROTO_TCP and IPPROTO_MPTCP are modelled")
	}
	return func(*sim.Proc) answer {
		f := &file{sock: r.api.Socket(network), flags: constants["O_RDWR"]}
		f.nonblock = kind&constants["SOCK_NONBLOCK"] != 0
		return r.open(c, f)
	}
}

// callSetup has the calls that shape a socket's connection.
func (r *runner) callSetup(c *pkt.Call) func(p *sim.Proc) answer {
	f := r.fd(c, 0)
	if f == nil || f.sock == nil {
		return result(sockapi.EBADF)
	}
	s := f.sock
	switch c.Name {
	case "bind":
		addr, port, ok := r.sockaddr(r.arg(c, 1))
		if !ok {
			port = r.c.bindPort
		}
		return func(*sim.Proc) answer { return outcome(s.Bind(addr, port)) }
	case "listen":
		backlog := r.intArg(c, 1)
		return func(*sim.Proc) answer {
			err := s.Listen(int(backlog))
			if err == nil {
				r.listens, r.current = true, nil
			}
			return outcome(err)
		}
	case "connect":
		addr, port, ok := r.sockaddr(r.arg(c, 1))
		if !ok {
			addr, port = r.c.remote, r.c.connPort
		}
		return func(p *sim.Proc) answer {
			defer r.watchConnect(f)()
			return outcome(s.Connect(p, r.localFor(addr), addr, port, !f.nonblock))
		}
	case "shutdown":
		how := r.intArg(c, 1)
		if how < 0 || how > 2 {
			return result(sockapi.EINVAL)
		}
		return func(*sim.Proc) answer { return outcome(s.Shutdown(how != 1, how != 0)) }
	}
	flags := int64(0)
	if c.Name == "accept4" {
		flags = r.intArg(c, 3)
	}
	return func(p *sim.Proc) answer {
		a, err := s.Accept(p, !f.nonblock)
		if err != nil {
			return outcome(err)
		}
		r.newest = a
		return r.open(c, &file{sock: a, flags: constants["O_RDWR"], nonblock: flags&constants["SOCK_NONBLOCK"] != 0,
			inq: f.inq})
	}
}

// watchConnect is called before a call that may open a connection: the flow made by its SYN is the one that
// lines without addresses mean from then on. What it returns is called when the call is over.
func (r *runner) watchConnect(f *file) func() {
	if f.sock.Conn() != nil {
		return func() {}
	}
	before := r.current
	r.current = nil
	return func() {
		if f.sock.Conn() == nil {
			r.current = before
			return
		}
		r.newest = f.sock
	}
}

// localFor returns the host's address towards a destination: the first of its family.
func (r *runner) localFor(remote wire.Addr) wire.Addr {
	for i := range r.host.addrs {
		if r.host.addrs[i].addr.Is4() == remote.Is4() {
			return r.host.addrs[i].addr
		}
	}
	return r.c.local
}

func (r *runner) closeFD(n int64) answer {
	if n < 0 || n >= int64(len(r.fds)) || r.fds[n] == nil {
		return outcome(sockapi.EBADF)
	}
	f := r.fds[n]
	r.fds[n] = nil
	if f.sock != nil {
		r.code.note(f.sock)
		return outcome(f.sock.Close())
	}
	return answer{}
}

func (r *runner) callFcntl(c *pkt.Call) func(p *sim.Proc) answer {
	f, cmd := r.fd(c, 0), r.intArg(c, 1)
	if f == nil {
		return result(sockapi.EBADF)
	}
	switch cmd {
	case constants["F_GETFL"]:
		return func(*sim.Proc) answer {
			v := f.flags
			if f.nonblock {
				v |= constants["O_NONBLOCK"]
			}
			return answer{value: v}
		}
	case constants["F_SETFL"]:
		v := r.intArg(c, 2)
		return func(*sim.Proc) answer {
			f.nonblock = v&constants["O_NONBLOCK"] != 0
			return answer{}
		}
	}
	r.bad(c.Args[1].Pos, "only F_GETFL and F_SETFL are modelled")
	return nil
}

func (r *runner) callIoctl(c *pkt.Call) func(p *sim.Proc) answer {
	f, cmd := r.fd(c, 0), r.intArg(c, 1)
	want := r.arg(c, 2)
	if f == nil || f.sock == nil {
		return result(sockapi.EBADF)
	}
	return func(*sim.Proc) answer {
		var v int64
		switch cmd {
		case constants["SIOCINQ"]:
			v = f.sock.Readable()
		case constants["SIOCOUTQ"]:
			v = f.sock.Outstanding()
		case constants["SIOCOUTQNSD"]:
			v = f.sock.Unsent()
		case constants["FIONBIO"]:
			f.nonblock = r.listNumber(want) != 0
			return answer{}
		default:
			r.bad(c.Args[1].Pos, "this request is not modelled: SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, FIONBIO")
		}
		return r.filled("the number", want, v)
	}
}

// filled is a call that has filled in a number, which the script tells.
func (r *runner) filled(what string, want *pkt.Expr, got int64) answer {
	open := func(e *pkt.Expr) bool { return e.Kind == pkt.Ellipsis }
	if open(want) || want.Kind == pkt.List && len(want.Args) == 1 && open(want.Args[0]) {
		return answer{}
	}
	if n := r.listNumber(want); n != got {
		return answer{note: what + " is " + decimal(got) + " instead of " + decimal(n)}
	}
	return answer{}
}
