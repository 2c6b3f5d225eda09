package sockapi_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Generated content in both directions at once, by two processes on each connection, over lossy paths.
func TestTransmitAndConsumeBothWays(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		w.lossy(must(unit.ParseRatio("1%")))
		streams := map[string]uint32{}
		end := func(name, peer string, send, receive int64) func(p *sim.Proc, c *sockapi.Conn) error {
			return func(p *sim.Proc, c *sockapi.Conn) error {
				streams[name] = c.SendStream()
				writer := w.process(t, name+" writer", func(p *sim.Proc) error {
					if sent, err := c.Transmit(p, send); sent != send || err != nil {
						return fmt.Errorf("transmitted %d of %d: %w", sent, send, err)
					}
					return c.CloseWrite(p)
				})
				var k sockapi.Checker
				got, err := c.Consume(p, -1, func(_ sim.Time, x wire.Payload) error {
					k.Expect(streams[peer])
					return k.Check(x)
				})
				if err != io.EOF || got != receive || k.Received() != receive {
					return fmt.Errorf("consumed %d, checked %d of %d: %w", got, k.Received(), receive, err)
				}
				for !writer.Ended() {
					if err := p.Wait(writer.Done()); err != nil {
						return err
					}
				}
				return c.Close()
			}
		}
		both(t, w, n, end("client", "server", 3_000_000, 2_000_000), end("server", "client", 2_000_000, 3_000_000))
	})
}

// Consume with a limit takes exactly that many octets, and returns as soon as it has them.
func TestConsumeLimit(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			for _, limit := range []int64{0, 1, 99, 900} {
				if got, err := c.Consume(p, limit, discard); got != limit || err != nil {
					return fmt.Errorf("Consume(%d): %d, %w", limit, got, err)
				}
			}
			if p.Now() > sim.Time(unit.Second) {
				t.Errorf("returned only at %s", p.Now())
			}
			if got, err := c.Consume(p, 10, discard); got != 5 || err != io.EOF {
				return fmt.Errorf("Consume(10) of the last 5 octets: %d, %v", got, err)
			}
			return c.Close()
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			if _, err := c.Transmit(p, 1000); err != nil {
				return err
			}
			if err := p.Sleep(10 * unit.Second); err != nil {
				return err
			}
			if _, err := c.Transmit(p, 5); err != nil {
				return err
			}
			return c.Close()
		})
	})
}

// An error of take ends Consume at once, and the rest of the stream stays readable.
func TestConsumeEndsWithItsErrorOfTake(t *testing.T) {
	boom := errors.New("boom")
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			var first int64
			got, err := c.Consume(p, -1, func(_ sim.Time, x wire.Payload) error {
				first = int64(x.Len)
				return boom
			})
			if err := timed("Consume", p, err, boom, p.Now()); err != nil {
				return err
			}
			if got != first || p.Now() > sim.Time(unit.Second) {
				return fmt.Errorf("took %d octets, the first extent had %d; at %s", got, first, p.Now())
			}
			rest, err := io.ReadAll(reader{p, c})
			if int64(len(rest)) != 5000-first {
				return fmt.Errorf("%d octets were left, want %d", len(rest), 5000-first)
			}
			return err
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			if _, err := c.Transmit(p, 5000); err != nil {
				return err
			}
			if err := p.Sleep(10 * unit.Second); err != nil {
				return err
			}
			return c.Close()
		})
	})
}

// Transmit returns when the last octet is in the send buffer, also when it was put there while the
// process slept.
func TestTransmitReturnsWhenAllIsQueued(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		const extra, resumes = 100_000, 60 * unit.Second
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			c.SetWriteDeadline(sim.Time(resumes / 2))
			full, err := c.Transmit(p, -1) // until all buffers are full
			if err := want("Transmit", err, sockapi.EAGAIN); err != nil {
				return err
			}
			c.SetWriteDeadline(sim.Never)
			if sent, err := c.Transmit(p, extra); sent != extra || err != nil {
				return fmt.Errorf("transmitted %d of %d after %d: %w", sent, extra, full, err)
			}
			if at := p.Now().Sub(sim.Time(resumes)); at <= 0 || at > 10*unit.Second {
				t.Errorf("returned %s after the reader has resumed", at)
			}
			return silent(p, c)
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			if err := p.Sleep(resumes - unit.Duration(p.Now())); err != nil {
				return err
			}
			_, err := c.Consume(p, -1, discard)
			return want("Consume", err, sockapi.ECONNRESET) // of silent
		})
	})
}

// Written and generated octets share one stream, and Read gives each where it belongs.
func TestWriteBetweenTransmits(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			if _, err := c.Transmit(p, 3000); err != nil {
				return err
			}
			if _, err := c.Write(p, pattern(4000)); err != nil {
				return err
			}
			if _, err := c.Transmit(p, 3000); err != nil {
				return err
			}
			return c.Close()
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			all, err := io.ReadAll(reader{p, c})
			if err != nil {
				return err
			}
			if len(all) != 10_000 || !bytes.Equal(all[3000:7000], pattern(4000)) {
				t.Errorf("read %d octets, the written ones not where they belong", len(all))
			}
			if bytes.Equal(all[:3000], make([]byte, 3000)) {
				t.Error("generated octets are all zero")
			}
			return c.Close()
		})
	})
}

func TestChecker(t *testing.T) {
	good := []wire.Payload{{Stream: 7, Pos: 0, Len: 10}, {Stream: 7, Pos: 10, Len: 5}}
	for _, c := range []struct {
		name string
		last wire.Payload
		ok   bool
	}{
		{"next", wire.Payload{Stream: 7, Pos: 15, Len: 1}, true},
		{"lost", wire.Payload{Stream: 7, Pos: 16, Len: 1}, false},
		{"repeated", wire.Payload{Stream: 7, Pos: 14, Len: 1}, false},
		{"from the start again", wire.Payload{Stream: 7, Pos: 0, Len: 1}, false},
		{"another stream", wire.Payload{Stream: 8, Pos: 15, Len: 1}, false},
	} {
		var k sockapi.Checker
		for _, x := range good {
			if err := k.Check(x); err != nil {
				t.Fatal(err)
			}
		}
		err := k.Check(c.last)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		var corrupt *sockapi.CorruptError
		if !c.ok && (!errors.As(err, &corrupt) || corrupt.Want != 15 || k.Received() != 15) {
			t.Errorf("%s: %#v, received %d", c.name, err, k.Received())
		}
	}
	var k sockapi.Checker
	if k.Check(wire.Payload{Stream: 7, Pos: 1, Len: 1}) == nil {
		t.Error("a stream that begins late was accepted")
	}
	k = sockapi.Checker{}
	k.Expect(3)
	if k.Check(wire.Payload{Stream: 7, Pos: 0, Len: 1}) == nil {
		t.Error("another connection's stream was accepted")
	}
}
