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

// Bulk transfers octets one way over one connection, or both ways at once: a number of them, or as many as
// fit into a time, then closes.
type Bulk struct {
	Ends
	Download bool          // the server sends
	Both     bool          // both send, whatever Download says; the Result counts what the server sends
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
	if b.Both {
		return b.exchange(p, c, false, r)
	}
	return b.transfer(p, c, b.Download, r)
}

func (b *Bulk) connect(p *sim.Proc, r *Result) error {
	c, err := b.dial(p, r)
	if err != nil {
		return err
	}
	if b.Both {
		return b.exchange(p, c, true, r)
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
	r.sender, r.stream = c, c.SendStream()
	if err := b.write(p, c); err != nil {
		return err
	}
	// The peer closes after reading our end: reading its end keeps the socket until then.
	if _, err := c.Consume(p, -1, unexpected); err != io.EOF {
		return fmt.Errorf("%s: sender, waiting for the peer's close: %w", b.Name, err)
	}
	return nil
}

// write sends what there is to send and ends the stream.
func (b *Bulk) write(p *sim.Proc, c *sockapi.Conn) error {
	octets := b.Bytes
	if octets == 0 {
		octets = -1
		if b.Duration > 0 {
			c.SetWriteDeadline(p.Now().Add(b.Duration))
		}
	}
	n, err := c.Transmit(p, octets)
	if err != nil && !(octets < 0 && errors.Is(err, sockapi.EAGAIN)) {
		return fmt.Errorf("%s: sender, after %d octets: %w", b.Name, n, err)
	}
	if err := c.CloseWrite(p); err != nil {
		return fmt.Errorf("%s: sender: close: %w", b.Name, err)
	}
	return nil
}

// exchange is one end of a transfer both ways: a second process writes while this one reads.
func (b *Bulk) exchange(p *sim.Proc, c *sockapi.Conn, client bool, r *Result) error {
	defer c.Close()
	own, peer := &r.stream, &r.requests
	if client {
		own, peer = peer, own
	} else {
		r.sender = c
	}
	*own = c.SendStream()
	var failed error
	writer := p.World().Go(p.Component(), p.Name()+"/writer", func(q *sim.Proc) { failed = b.write(q, c) })
	var check sockapi.Checker
	_, err := c.Consume(p, -1, func(now sim.Time, x wire.Payload) error {
		check.Expect(*peer)
		if client {
			r.read(now, x)
		}
		return check.Check(x)
	})
	if err != io.EOF {
		return fmt.Errorf("%s: receiver, after %d octets: %w", b.Name, check.Received(), err)
	}
	if b.Bytes > 0 && check.Received() != b.Bytes {
		return fmt.Errorf("%s: stream ended after %d octets of %d", b.Name, check.Received(), b.Bytes)
	}
	if !writer.Ended() {
		if err := p.Wait(writer.Done()); err != nil {
			return err
		}
	}
	if failed == nil && client {
		r.Update(p.Now())
		r.Finished = p.Now()
	}
	return failed
}

// unexpected refuses octets on the direction that carries none.
func unexpected(_ sim.Time, x wire.Payload) error {
	return fmt.Errorf("%d unexpected octets from the receiver", x.Len)
}
