package sockapi_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// pattern is n octets that no generator would send.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*i>>3 ^ i)
	}
	return b
}

// want returns an error that tells that a call gave another error than expected.
func want(call string, got, expected error) error {
	if errors.Is(got, expected) {
		return nil
	}
	return fmt.Errorf("%s: got error %v, want %v", call, got, expected)
}

// echo sends back what it reads until the end.
func echo(p *sim.Proc, c *sockapi.Conn) error {
	b := make([]byte, 3000)
	for {
		n, err := c.Read(p, b)
		if err == io.EOF {
			return c.Close()
		}
		if err != nil {
			return err
		}
		if _, err := c.Write(p, b[:n]); err != nil {
			return err
		}
	}
}

func TestEcho(t *testing.T) {
	for _, size := range []int{1, 1448, 100_000} {
		each(t, func(t *testing.T, n sockapi.Network) {
			sent := pattern(size)
			both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
				if _, err := c.Write(p, sent); err != nil {
					return err
				}
				got := make([]byte, size)
				if _, err := c.ReadFull(p, got); err != nil {
					return err
				}
				if !bytes.Equal(got, sent) {
					t.Error("what comes back is not what was sent")
				}
				if err := c.CloseWrite(p); err != nil {
					return err
				}
				_, err := c.Read(p, got)
				return want("Read at the end", err, io.EOF)
			}, echo)
		})
	}
}

func TestReadFullNamesAnEndInside(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			if _, err := c.Write(p, pattern(10)); err != nil {
				return err
			}
			return c.Close()
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			b := make([]byte, 4)
			if n, err := c.ReadFull(p, b); n != 4 || err != nil {
				t.Errorf("ReadFull of 4 of 10 octets: %d, %v", n, err)
			}
			b = make([]byte, 20)
			if n, err := c.ReadFull(p, b); n != 6 || err != io.ErrUnexpectedEOF {
				t.Errorf("ReadFull of 20 of the last 6 octets: %d, %v", n, err)
			}
			if n, err := c.ReadFull(p, b); n != 0 || err != io.EOF {
				t.Errorf("ReadFull at the end: %d, %v", n, err)
			}
			return c.Close()
		})
	})
}

// Each side goes on sending after the other one has closed its direction.
func TestHalfClose(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			if err := c.CloseWrite(p); err != nil {
				return err
			}
			_, err := c.Write(p, []byte("x"))
			if err := want("Write after CloseWrite", err, sockapi.EPIPE); err != nil {
				return err
			}
			_, err = c.Transmit(p, 1)
			if err := want("Transmit after CloseWrite", err, sockapi.EPIPE); err != nil {
				return err
			}
			if err := c.CloseWrite(p); err != nil {
				return fmt.Errorf("CloseWrite again: %w", err)
			}
			got, err := io.ReadAll(reader{p, c})
			if err == nil && !bytes.Equal(got, pattern(200_000)) {
				t.Error("the data after the half close is wrong")
			}
			return err
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			if _, err := c.Read(p, make([]byte, 1)); err != io.EOF {
				return fmt.Errorf("first Read: %v", err)
			}
			if err := p.Sleep(unit.Second); err != nil {
				return err
			}
			if _, err := c.Write(p, pattern(200_000)); err != nil {
				return err
			}
			return c.Close()
		})
	})
}

// reader gives a Conn the shape of package io.
type reader struct {
	p *sim.Proc
	c *sockapi.Conn
}

func (r reader) Read(b []byte) (int, error) { return r.c.Read(r.p, b) }

func TestAbortResetsThePeerAfterWhatArrived(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			if _, err := c.Write(p, pattern(100)); err != nil {
				return err
			}
			if err := p.Sleep(unit.Second); err != nil {
				return err
			}
			if err := c.Abort(); err != nil {
				return err
			}
			_, err := c.Read(p, make([]byte, 1))
			return errors.Join(want("Read after Abort", err, sockapi.EBADF),
				want("Err", c.Err(), sockapi.ECONNABORTED), want("Abort again", c.Abort(), sockapi.EBADF))
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			if err := p.Sleep(2 * unit.Second); err != nil {
				return err
			}
			b := make([]byte, 200)
			if n, err := c.Read(p, b); n != 100 || err != nil {
				return fmt.Errorf("what arrived before the reset: %d octets, %v", n, err)
			}
			_, rerr := c.Read(p, b)
			_, werr := c.Write(p, b)
			_, terr := c.Transmit(p, -1)
			_, cerr := c.Consume(p, -1, discard)
			return errors.Join(want("Read", rerr, sockapi.ECONNRESET), want("Write", werr, sockapi.ECONNRESET),
				want("Transmit", terr, sockapi.ECONNRESET), want("Consume", cerr, sockapi.ECONNRESET),
				want("Err", c.Err(), sockapi.ECONNRESET), c.Close())
		})
	})
}

// A stream that has ended stays ended, whatever happens afterwards.
func TestEndOfStreamComesBeforeAnError(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			if err := c.CloseWrite(p); err != nil {
				return err
			}
			if err := p.Sleep(unit.Second); err != nil {
				return err
			}
			return c.Abort()
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			for range 2 {
				if _, err := c.Read(p, make([]byte, 1)); err != io.EOF {
					return fmt.Errorf("Read: %v", err)
				}
				if err := p.Sleep(2 * unit.Second); err != nil {
					return err
				}
			}
			_, err := c.Write(p, make([]byte, 1))
			return want("Write after the reset", err, sockapi.ECONNRESET)
		})
	})
}

func TestUseAfterClose(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			if err := c.Close(); err != nil {
				return err
			}
			b := make([]byte, 1)
			_, r := c.Read(p, b)
			_, w := c.Write(p, b)
			_, s := c.Transmit(p, -1)
			_, k := c.Consume(p, -1, discard)
			return errors.Join(want("Read", r, sockapi.EBADF), want("Write", w, sockapi.EBADF),
				want("Transmit", s, sockapi.EBADF), want("Consume", k, sockapi.EBADF),
				want("CloseWrite", c.CloseWrite(p), sockapi.EBADF), want("Close", c.Close(), sockapi.EBADF))
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			_, err := c.Read(p, make([]byte, 1))
			return want("Read", err, io.EOF)
		})
	})
}

// The peer vanishes: the writer's retransmissions are used up, and a reader learns of it, too.
func TestTimeout(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		o := options{}
		o.tcp.Retries = 3
		w := newWorld(o)
		both(t, w, n, func(p *sim.Proc, c *sockapi.Conn) error {
			if err := p.Sleep(unit.Second); err != nil {
				return err
			}
			w.setDown(true)
			if _, err := c.Write(p, make([]byte, 1)); err != nil {
				return fmt.Errorf("Write into the buffer: %w", err)
			}
			_, rerr := c.Read(p, make([]byte, 1))
			_, werr := c.Write(p, make([]byte, 1))
			if p.Now() > sim.Time(200*unit.Second) {
				t.Errorf("told only at %s", p.Now())
			}
			return errors.Join(want("Read", rerr, sockapi.ETIMEDOUT), want("Write", werr, sockapi.ETIMEDOUT))
		}, func(*sim.Proc, *sockapi.Conn) error { return nil })
	})
}
