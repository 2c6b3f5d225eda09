package app

import (
	"errors"
	"fmt"
	"io"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Bulk transfers octets one way over one connection: a number of them, or as many as fit into a
// time, then closes.
type Bulk struct {
	Ends
	Download bool          // the server sends
	Bytes    int64         // octets to send; 0: for Duration
	Duration unit.Duration // from the sender's first write; 0 with Bytes 0: until the run ends
}

// StartBulk starts the workload's two processes. The Result fills while the world runs.
func StartBulk(w *sim.World, b Bulk) *Result {
	if b.Bytes < 0 || b.Duration < 0 {
		w.Fail("workload %s: bytes %d, duration %s: must not be negative", b.Name, b.Bytes, b.Duration)
	}
	return b.start(w, b.serve, b.connect)
}

func (b *Bulk) serve(p *sim.Proc, r *Result) error {
	c, err := b.accept(p)
	if err != nil {
		return err
	}
	return b.transfer(p, c, b.Download, r)
}

func (b *Bulk) connect(p *sim.Proc, r *Result) error {
	c, err := b.dial(p, r)
	if err != nil {
		return err
	}
	return b.transfer(p, c, !b.Download, r)
}

// transfer is one end of the connection: send everything and close, or read to the end and close.
func (b *Bulk) transfer(p *sim.Proc, c *sockapi.Conn, sends bool, r *Result) error {
	defer c.Close()
	if sends {
		return b.send(p, c, r)
	}
	var check sockapi.Checker
	_, err := c.Consume(p, -1, func(now sim.Time, x wire.Payload) error {
		check.Expect(r.stream)
		r.read(now, x)
		return check.Check(x)
	})
	if err != io.EOF {
		return fmt.Errorf("%s: receiver, after %d octets: %w", b.Name, r.Received, err)
	}
	r.Update(p.Now())
	r.Finished = p.Now()
	if b.Bytes > 0 && r.Received != b.Bytes {
		return fmt.Errorf("%s: stream ended after %d octets of %d", b.Name, r.Received, b.Bytes)
	}
	return nil
}

func (b *Bulk) send(p *sim.Proc, c *sockapi.Conn, r *Result) error {
	octets := b.Bytes
	if octets == 0 {
		octets = -1
		if b.Duration > 0 {
			c.SetWriteDeadline(p.Now().Add(b.Duration))
		}
	}
	r.sender, r.stream = c, c.SendStream()
	n, err := c.Transmit(p, octets)
	if err != nil && !(octets < 0 && errors.Is(err, sockapi.EAGAIN)) {
		return fmt.Errorf("%s: sender, after %d octets: %w", b.Name, n, err)
	}
	if err := c.CloseWrite(p); err != nil {
		return fmt.Errorf("%s: sender: close: %w", b.Name, err)
	}
	// The peer closes after reading our end: reading its end keeps the socket until then.
	if _, err := c.Consume(p, -1, unexpected); err != io.EOF {
		return fmt.Errorf("%s: sender, waiting for the peer's close: %w", b.Name, err)
	}
	return nil
}

// unexpected refuses octets on the direction that carries none.
func unexpected(_ sim.Time, x wire.Payload) error {
	return fmt.Errorf("%d unexpected octets from the receiver", x.Len)
}
