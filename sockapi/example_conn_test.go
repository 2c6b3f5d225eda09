package sockapi_test

import (
	"fmt"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// dialled runs two processes that hold the ends of a connection.
func dialled(server, client func(p *sim.Proc, c *sockapi.Conn)) {
	w := newWorld(options{})
	w.serve(server)
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		client(p, must(w.client.Dial(p, sockapi.MPTCP, w.local, w.remote, port)))
	})
	w.Run(sim.Time(10 * unit.Second))
	w.Close()
}

// quiet is an end that does nothing.
func quiet(*sim.Proc, *sockapi.Conn) {}

// say is an end that writes a text.
func say(text string) func(p *sim.Proc, c *sockapi.Conn) {
	return func(p *sim.Proc, c *sockapi.Conn) { must(c.Write(p, []byte(text))) }
}

func ExampleConn_ReadFull() {
	dialled(say("twelve octets"), func(p *sim.Proc, c *sockapi.Conn) {
		b := make([]byte, 12)
		must(c.ReadFull(p, b))
		fmt.Printf("%q\n", b)
	})
	// Output: "twelve octet"
}

func ExampleConn_SetDeadline() {
	dialled(quiet, func(p *sim.Proc, c *sockapi.Conn) {
		c.SetDeadline(p.Now())
		_, err := c.Write(p, []byte("too late"))
		fmt.Println(err)
		_, err = c.Read(p, make([]byte, 1))
		fmt.Println(err)
	})
	// Output:
	// resource temporarily unavailable (EAGAIN)
	// resource temporarily unavailable (EAGAIN)
}

func ExampleConn_SetReadDeadline() {
	dialled(quiet, func(p *sim.Proc, c *sockapi.Conn) {
		start := p.Now()
		c.SetReadDeadline(start.Add(unit.Second))
		_, err := c.Read(p, make([]byte, 1))
		fmt.Println(err, "after", p.Now().Sub(start))
	})
	// Output: resource temporarily unavailable (EAGAIN) after 1s
}

func ExampleConn_SetWriteDeadline() {
	dialled(quiet, func(p *sim.Proc, c *sockapi.Conn) {
		c.SetWriteDeadline(p.Now().Add(unit.Second))
		n, err := c.Write(p, make([]byte, 1<<24))
		fmt.Println(n < 1<<24, err)
	})
	// Output: true resource temporarily unavailable (EAGAIN)
}

func ExampleConn_CloseWrite() {
	dialled(func(p *sim.Proc, c *sockapi.Conn) {
		_, err := c.Read(p, make([]byte, 1))
		fmt.Println("server:", err)
		must(c.Write(p, []byte("bye")))
	}, func(p *sim.Proc, c *sockapi.Conn) {
		must(0, c.CloseWrite(p))
		b := make([]byte, 10)
		n := must(c.Read(p, b))
		fmt.Printf("client: %q\n", b[:n])
	})
	// Output:
	// server: EOF
	// client: "bye"
}

func ExampleConn_Close() {
	dialled(quiet, func(_ *sim.Proc, c *sockapi.Conn) { fmt.Println(c.Close(), c.Close()) })
	// Output: <nil> socket is closed (EBADF)
}

func ExampleConn_Abort() {
	dialled(func(p *sim.Proc, c *sockapi.Conn) {
		_, err := c.Read(p, make([]byte, 1))
		fmt.Println(err)
	}, func(p *sim.Proc, c *sockapi.Conn) {
		must(0, c.Abort())
	})
	// Output: connection reset by peer (ECONNRESET)
}

func ExampleConn_Err() {
	dialled(func(_ *sim.Proc, c *sockapi.Conn) { must(0, c.Abort()) }, func(p *sim.Proc, c *sockapi.Conn) {
		fmt.Println(c.Err())
		must(0, p.Sleep(100*unit.Millisecond))
		fmt.Println(c.Err())
	})
	// Output:
	// <nil>
	// connection reset by peer (ECONNRESET)
}

func ExampleConn_Sent() {
	dialled(quiet, func(p *sim.Proc, c *sockapi.Conn) {
		must(c.Write(p, []byte("hello")))
		fmt.Println(c.Sent())
	})
	// Output: 5
}

// A checker is told which stream it will see.
func ExampleConn_SendStream() {
	var stream uint32
	dialled(func(p *sim.Proc, c *sockapi.Conn) {
		stream = c.SendStream()
		must(c.Transmit(p, 1000))
	}, func(p *sim.Proc, c *sockapi.Conn) {
		must(0, p.Sleep(100*unit.Millisecond))
		var k sockapi.Checker
		k.Expect(stream)
		must(c.Consume(p, 1000, func(_ sim.Time, x wire.Payload) error { return k.Check(x) }))
		fmt.Println(k.Received())
	})
	// Output: 1000
}

func ExampleConn_TransmitUntil() {
	dialled(quiet, func(p *sim.Proc, c *sockapi.Conn) {
		start := p.Now()
		_, err := c.TransmitUntil(p, -1, start.Add(unit.Second))
		fmt.Println(err, "after", p.Now().Sub(start))
	})
	// Output: resource temporarily unavailable (EAGAIN) after 1s
}

func ExampleConn_ConsumeUntil() {
	dialled(say("hello"), func(p *sim.Proc, c *sockapi.Conn) {
		n, err := c.ConsumeUntil(p, -1, p.Now().Add(unit.Second), func(sim.Time, wire.Payload) error { return nil })
		fmt.Println(n, err)
	})
	// Output: 5 resource temporarily unavailable (EAGAIN)
}
