package sockapi_test

import (
	"errors"
	"fmt"
	"io"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// serve accepts one connection and hands it to body; an error ends the example.
func (w *world) serve(body func(p *sim.Proc, c *sockapi.Conn)) {
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		l := must(w.server.Listen(sockapi.MPTCP, wire.Addr{}, port))
		body(p, must(l.Accept(p)))
	})
}

// A server listens, accepts and answers; a client dials and asks.
func Example() {
	w := newWorld(options{})
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		l := must(w.server.Listen(sockapi.MPTCP, wire.Addr{}, 80))
		c := must(l.Accept(p))
		request := make([]byte, 100)
		n := must(c.Read(p, request))
		fmt.Printf("server reads %q at %s\n", request[:n], p.Now())
		must(c.Write(p, []byte("fine, thanks")))
		c.Close()
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		c := must(w.client.Dial(p, sockapi.MPTCP, w.local, w.remote, 80))
		must(c.Write(p, []byte("how are you?")))
		answer := make([]byte, 100)
		n := must(c.Read(p, answer))
		fmt.Printf("client reads %q\n", answer[:n])
		_, err := c.Read(p, answer)
		fmt.Println("then:", err)
		c.Close()
	})
	w.Run(sim.Time(unit.Second))
	w.Close()
	// Output:
	// server reads "how are you?" at 0.030254720s
	// client reads "fine, thanks"
	// then: EOF
}

func ExampleHost_Dial() {
	w := newWorld(options{})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		_, err := w.client.Dial(p, sockapi.MPTCP, w.local, w.remote, 80)
		fmt.Println(err, err == sockapi.ECONNREFUSED)
	})
	w.Run(sim.Time(unit.Second))
	w.Close()
	// Output: connection refused (ECONNREFUSED) true
}

func ExampleHost_Listen() {
	w := newWorld(options{})
	l := must(w.server.Listen(sockapi.MPTCP, wire.Addr{}, 80)) // on all addresses
	_, err := w.server.Listen(sockapi.TCP, w.remote, 80)
	fmt.Println(errors.Is(err, sockapi.EADDRINUSE))
	l.Close()
	w.Close()
	// Output: true
}

func ExampleConn_Read() {
	w := newWorld(options{})
	w.serve(func(p *sim.Proc, c *sockapi.Conn) {
		must(c.Write(p, []byte("late")))
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		c := must(w.client.Dial(p, sockapi.MPTCP, w.local, w.remote, port))
		b := make([]byte, 100)
		c.SetReadDeadline(p.Now().Add(5 * unit.Millisecond))
		_, err := c.Read(p, b)
		fmt.Println(err)
		c.SetReadDeadline(sim.Never)
		n := must(c.Read(p, b))
		fmt.Printf("%s\n", b[:n])
	})
	w.Run(sim.Time(unit.Second))
	w.Close()
	// Output:
	// resource temporarily unavailable (EAGAIN)
	// late
}

func ExampleConn_Write() {
	w := newWorld(options{})
	w.serve(func(p *sim.Proc, c *sockapi.Conn) {
		text := must(io.ReadAll(reader{p, c}))
		fmt.Printf("%d octets, the first ones %q\n", len(text), text[:5])
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		c := must(w.client.Dial(p, sockapi.MPTCP, w.local, w.remote, port))
		must(c.Write(p, []byte("hello")))
		must(c.Write(p, make([]byte, 10_000_000))) // blocks until the last octets fit into the send buffer
		if err := c.CloseWrite(p); err != nil {
			fmt.Println(err)
		}
		_, err := c.Write(p, []byte("more"))
		fmt.Println(err)
	})
	w.Run(sim.Time(20 * unit.Second))
	w.Close()
	// Output:
	// broken pipe (EPIPE)
	// 10000005 octets, the first ones "hello"
}

// A download of a megabyte whose receiver checks every octet.
func ExampleConn_Consume() {
	w := newWorld(options{})
	w.serve(func(p *sim.Proc, c *sockapi.Conn) {
		must(c.Transmit(p, 1_000_000))
		c.Close()
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		c := must(w.client.Dial(p, sockapi.MPTCP, w.local, w.remote, port))
		var check sockapi.Checker
		n, err := c.Consume(p, -1, func(_ sim.Time, x wire.Payload) error { return check.Check(x) })
		fmt.Println(n, check.Received(), err)
	})
	w.Run(sim.Time(10 * unit.Second))
	w.Close()
	// Output: 1000000 1000000 EOF
}

// As much as fits into a second.
func ExampleConn_Transmit() {
	w := newWorld(options{})
	w.serve(func(p *sim.Proc, c *sockapi.Conn) {
		n, err := c.Consume(p, -1, func(sim.Time, wire.Payload) error { return nil })
		fmt.Println("received the same:", n > 1_000_000, err)
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		c := must(w.client.Dial(p, sockapi.MPTCP, w.local, w.remote, port))
		c.SetWriteDeadline(p.Now().Add(unit.Second))
		_, err := c.Transmit(p, -1)
		fmt.Println(err)
		c.Close()
	})
	w.Run(sim.Time(60 * unit.Second))
	w.Close()
	// Output:
	// resource temporarily unavailable (EAGAIN)
	// received the same: true EOF
}
