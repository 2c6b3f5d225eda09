package sockapi_test

import (
	"fmt"

	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// demo runs two processes that hold the two ends of a connection whose subflows the application opens.
func demo(n sockapi.Network, server, client func(p *sim.Proc, s *sockapi.Socket)) {
	w := newWorld(options{mptcp: mptcp.Config{PathManager: "none"}})
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		l := w.listening(n)
		server(p, must(l.Accept(p, true)))
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		s := w.client.Socket(n)
		must(0, s.Connect(p, w.local, w.remote, port, true))
		client(p, s)
	})
	w.Run(sim.Time(10 * unit.Second))
	w.Close()
}

// listening is a socket of the server that listens.
func (w *world) listening(n sockapi.Network) *sockapi.Socket {
	l := w.server.Socket(n)
	must(0, l.Bind(wire.Addr{}, port))
	must(0, l.Listen(10))
	return l
}

// alone runs one process of the client.
func alone(body func(p *sim.Proc, w *world)) {
	w := newWorld(options{})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) { body(p, w) })
	w.Run(sim.Time(10 * unit.Second))
	w.Close()
}

// idle is an end that does nothing.
func idle(*sim.Proc, *sockapi.Socket) {}

// talk is an end that says something once its connection is there.
func talk(text string) func(p *sim.Proc, s *sockapi.Socket) {
	return func(p *sim.Proc, s *sockapi.Socket) { must(s.Send(p, []byte(text), 0, true)) }
}

func ExampleHost_Socket() {
	w := newWorld(options{plainServer: true})
	fmt.Println(w.client.Socket(sockapi.MPTCP).Network(), w.server.Socket(sockapi.MPTCP).Network())
	// Output: mptcp tcp
}

func ExampleSocket_Network() {
	w := newWorld(options{})
	fmt.Println(w.client.Socket(sockapi.TCP).Network())
	// Output: tcp
}

func ExampleSocket_Bind() {
	w := newWorld(options{})
	s := w.client.Socket(sockapi.MPTCP)
	fmt.Println(s.Bind(w.local, 5000), s.Bind(w.local, 5001))
	fmt.Println(s.Local())
	// Output:
	// <nil> invalid argument (EINVAL): bind: the socket has a port already, listens or is connected
	// 10.0.0.1 5000
}

func ExampleSocket_Local() {
	w := newWorld(options{})
	s := w.client.Socket(sockapi.MPTCP)
	fmt.Println(s.Local())
	// Output: none 0
}

func ExampleSocket_Listen() {
	w := newWorld(options{})
	s := w.server.Socket(sockapi.MPTCP)
	fmt.Println(s.Listen(1))
	must(0, s.Bind(wire.Addr{}, port))
	fmt.Println(s.Listen(1), s.Listening())
	// Output:
	// invalid argument (EINVAL): listen: the socket has no port (bind it first), is connected or closed
	// <nil> true
}

func ExampleSocket_Listening() {
	w := newWorld(options{})
	fmt.Println(w.server.Socket(sockapi.TCP).Listening(), w.listening(sockapi.TCP).Listening())
	// Output: false true
}

func ExampleSocket_Accept() {
	w := newWorld(options{})
	l := w.listening(sockapi.MPTCP)
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		_, err := l.Accept(p, false)
		fmt.Println(err)
		s := must(l.Accept(p, true))
		fmt.Println("accepted", s.Network(), "at", p.Now())
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		must(0, w.client.Socket(sockapi.MPTCP).Connect(p, w.local, w.remote, port, true))
	})
	w.Run(sim.Time(unit.Second))
	w.Close()
	// Output:
	// resource temporarily unavailable (EAGAIN)
	// accepted mptcp at 0.030183040s
}

func ExampleSocket_Connect() {
	alone(func(p *sim.Proc, w *world) {
		s := w.client.Socket(sockapi.MPTCP)
		fmt.Println(s.Connect(p, w.local, w.remote, port, true))
		w.listening(sockapi.MPTCP)
		fmt.Println(s.Connect(p, w.local, w.remote, port, false))
		n := must(sockapi.PollAll(p, []sockapi.PollItem{{Socket: s, Want: sockapi.PollOut}}, sim.Never))
		fmt.Println(n, s.Connect(p, w.local, w.remote, port, false))
		fmt.Println(s.Connect(p, w.local, w.remote, port, false))
	})
	// Output:
	// connection refused (ECONNREFUSED)
	// operation now in progress (EINPROGRESS)
	// 1 <nil>
	// socket is connected (EISCONN)
}

func ExampleSocket_SetTimeouts() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(0, s.SetTimeouts(500*unit.Millisecond, 0))
		start := p.Now()
		_, err := s.Recv(p, make([]byte, 10), 0, true)
		fmt.Println(err, "after", p.Now().Sub(start))
	})
	// Output: resource temporarily unavailable (EAGAIN) after 500ms
}

func ExampleSocket_Timeouts() {
	w := newWorld(options{})
	s := w.client.Socket(sockapi.TCP)
	must(0, s.SetTimeouts(unit.Second, 2*unit.Second))
	fmt.Println(s.Timeouts())
	// Output: 1s 2s
}

func ExampleSocket_Send() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		n := must(s.Send(p, make([]byte, 1000), 0, true))
		fmt.Println(n, "octets are in the send buffer")
		n = must(s.Send(p, make([]byte, 1<<30), 0, false))
		fmt.Println(n > 0 && n < 1<<30)
		_, err := s.Send(p, make([]byte, 1), sockapi.MsgDontWait, true)
		fmt.Println(err)
	})
	// Output:
	// 1000 octets are in the send buffer
	// true
	// resource temporarily unavailable (EAGAIN)
}

// Fast Open: data on the SYN once a cookie is there (RFC 7413).
func ExampleSocket_SendTo() {
	w := newWorld(options{tcp: tcp.Config{FastOpen: tcp.FastOpenClient | tcp.FastOpenServer}})
	l := w.server.Socket(sockapi.TCP)
	must(0, l.SetOption(sockapi.FastOpenQueue, 5))
	must(0, l.Bind(wire.Addr{}, port))
	must(0, l.Listen(5))
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		for range 2 {
			s := must(l.Accept(p, true))
			b := make([]byte, 100)
			start := p.Now()
			n := must(s.Recv(p, b, 0, true))
			fmt.Printf("%q %s after accept\n", b[:n], p.Now().Sub(start))
			must(0, s.Close())
		}
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		for _, text := range []string{"first", "second"} {
			s := w.client.Socket(sockapi.TCP)
			must(s.SendTo(p, []byte(text), sockapi.MsgFastOpen, w.local, w.remote, port, true))
			must(0, p.Sleep(unit.Second))
		}
	})
	w.Run(sim.Time(10 * unit.Second))
	w.Close()
	// Output:
	// "first" 0s after accept
	// "second" 0s after accept
}

func ExampleSocket_SendRoom() {
	demo(sockapi.TCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		fmt.Println(s.SendRoom())
		must(s.Send(p, make([]byte, 1<<30), 0, false))
		fmt.Println(s.SendRoom())
	})
	// Output:
	// true
	// false
}

func ExampleSocket_Outstanding() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(s.Send(p, make([]byte, 1000), 0, true))
		fmt.Println(s.Outstanding())
		must(0, p.Sleep(100*unit.Millisecond))
		fmt.Println(s.Outstanding())
	})
	// Output:
	// 1000
	// 0
}

func ExampleSocket_Unsent() {
	demo(sockapi.TCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(s.Send(p, make([]byte, 20_000), 0, true))
		fmt.Println(s.Unsent(), "of", s.Outstanding(), "wait for the congestion window")
	})
	// Output: 5520 of 20000 wait for the congestion window
}

func ExampleSocket_Recv() {
	demo(sockapi.MPTCP, talk("hello, world"), func(p *sim.Proc, s *sockapi.Socket) {
		b := make([]byte, 5)
		_, err := s.Recv(p, b, 0, false)
		fmt.Println(err)
		n := must(s.Recv(p, b, sockapi.MsgPeek, true))
		fmt.Printf("%q is there\n", b[:n])
		b = make([]byte, 12)
		n = must(s.Recv(p, b, sockapi.MsgWaitAll, true))
		fmt.Printf("%q\n", b[:n])
	})
	// Output:
	// resource temporarily unavailable (EAGAIN)
	// "hello" is there
	// "hello, world"
}

func ExampleSocket_Readable() {
	demo(sockapi.MPTCP, talk("hello"), func(p *sim.Proc, s *sockapi.Socket) {
		must(0, p.Sleep(100*unit.Millisecond))
		fmt.Println(s.Readable())
	})
	// Output: 5
}

func ExampleSocket_EndSeen() {
	demo(sockapi.MPTCP, func(_ *sim.Proc, s *sockapi.Socket) { must(0, s.Close()) },
		func(p *sim.Proc, s *sockapi.Socket) {
			fmt.Println(s.EndSeen())
			_, err := s.Recv(p, make([]byte, 1), 0, true)
			fmt.Println(err, s.EndSeen())
		})
	// Output:
	// false
	// EOF true
}

func ExampleSocket_Shutdown() {
	demo(sockapi.MPTCP, talk("an answer"), func(p *sim.Proc, s *sockapi.Socket) {
		must(0, s.Shutdown(false, true))
		_, err := s.Send(p, []byte("more"), 0, true)
		fmt.Println(err)
		b := make([]byte, 20)
		n := must(s.Recv(p, b, 0, true))
		fmt.Printf("%q\n", b[:n])
	})
	// Output:
	// broken pipe (EPIPE)
	// "an answer"
}

func ExampleSocket_Close() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		fmt.Println(s.Close(), s.Close())
		_, err := s.Recv(p, make([]byte, 1), 0, true)
		fmt.Println(err)
	})
	// Output:
	// <nil> socket is closed (EBADF)
	// socket is closed (EBADF)
}

func ExampleSocket_Conn() {
	demo(sockapi.MPTCP, idle, func(_ *sim.Proc, s *sockapi.Socket) {
		fmt.Println(s.Conn().MPTCP().State())
	})
	// Output: M_ESTAB
}
