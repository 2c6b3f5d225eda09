package sockapi_test

import (
	"errors"
	"fmt"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

func discard(sim.Time, wire.Payload) error { return nil }

// silent keeps a connection open and neither reads nor writes.
func silent(p *sim.Proc, c *sockapi.Conn) error {
	if err := p.Sleep(60 * unit.Second); err != nil {
		return err
	}
	return c.Abort()
}

// timed checks that a call fails with an error at an instant.
func timed(call string, p *sim.Proc, err, expected error, at sim.Time) error {
	if p.Now() != at {
		return fmt.Errorf("%s returned at %s, want %s (%v)", call, p.Now(), at, err)
	}
	return want(call, err, expected)
}

func TestDeadlines(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			second := func(n int) sim.Time { return sim.Time(int64(n) * int64(unit.Second)) }
			b := make([]byte, 1<<25) // more than any buffer holds
			c.SetReadDeadline(second(1))
			_, err := c.Read(p, b)
			if err := timed("Read", p, err, sockapi.EAGAIN, second(1)); err != nil {
				return err
			}
			_, err = c.Read(p, b)
			if err := timed("Read after the deadline", p, err, sockapi.EAGAIN, second(1)); err != nil {
				return err
			}
			c.SetReadDeadline(second(2))
			_, err = c.Consume(p, -1, discard)
			if err := timed("Consume", p, err, sockapi.EAGAIN, second(2)); err != nil {
				return err
			}
			c.SetDeadline(second(10))
			sent, err := c.Write(p, b)
			if sent == 0 || sent == len(b) {
				return fmt.Errorf("Write put %d of %d octets into the buffers", sent, len(b))
			}
			if err := timed("Write", p, err, sockapi.EAGAIN, second(10)); err != nil {
				return err
			}
			c.SetWriteDeadline(second(11))
			_, err = c.Transmit(p, -1)
			if err := timed("Transmit", p, err, sockapi.EAGAIN, second(11)); err != nil {
				return err
			}
			c.SetDeadline(sim.Never)
			return nil
		}, silent)
	})
}

// A deadline that has passed fails even a call that could go on, and the data stay.
func TestPastDeadline(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		both(t, newWorld(options{}), n, func(p *sim.Proc, c *sockapi.Conn) error {
			if err := p.Sleep(unit.Second); err != nil {
				return err
			}
			c.SetDeadline(p.Now())
			b := make([]byte, 10)
			_, r := c.Read(p, b)
			_, w := c.Write(p, b)
			_, s := c.Transmit(p, 1)
			_, k := c.Consume(p, 1, discard)
			if err := errors.Join(want("Read", r, sockapi.EAGAIN), want("Write", w, sockapi.EAGAIN),
				want("Transmit", s, sockapi.EAGAIN), want("Consume", k, sockapi.EAGAIN)); err != nil {
				return err
			}
			c.SetDeadline(sim.Never)
			if n, err := c.Read(p, b); n != 3 || err != nil {
				return fmt.Errorf("Read without a deadline: %d, %v", n, err)
			}
			return c.Close()
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			_, err := c.Write(p, []byte("abc"))
			return err
		})
	})
}

// Setting a deadline concerns a call that blocks already.
func TestDeadlineSetWhileBlocked(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		both(t, w, n, func(p *sim.Proc, c *sockapi.Conn) error {
			at := p.Now().Add(5 * unit.Second)
			w.process(t, "timer", func(q *sim.Proc) error {
				if err := q.Sleep(2 * unit.Second); err != nil {
					return err
				}
				c.SetReadDeadline(at)
				return nil
			})
			_, err := c.Read(p, make([]byte, 1))
			return timed("Read", p, err, sockapi.EAGAIN, at)
		}, silent)
	})
}

// blocked are calls that block for ever when the peer neither reads nor writes.
var blocked = []struct {
	name   string
	writes bool
	call   func(p *sim.Proc, c *sockapi.Conn) error
}{
	{"Read", false, func(p *sim.Proc, c *sockapi.Conn) error {
		_, err := c.Read(p, make([]byte, 1))
		return err
	}},
	{"Consume", false, func(p *sim.Proc, c *sockapi.Conn) error {
		_, err := c.Consume(p, -1, discard)
		return err
	}},
	{"Write", true, func(p *sim.Proc, c *sockapi.Conn) error {
		_, err := c.Write(p, make([]byte, 1<<25))
		return err
	}},
	{"Transmit", true, func(p *sim.Proc, c *sockapi.Conn) error {
		_, err := c.Transmit(p, -1)
		return err
	}},
}

// Another process closes, aborts or half-closes the connection, or interrupts, while a call blocks.
func TestBlockedCallIsWoken(t *testing.T) {
	boom := errors.New("boom")
	for _, b := range blocked {
		for _, how := range []struct {
			name string
			do   func(p, victim *sim.Proc, c *sockapi.Conn) error
			want error
		}{
			{"Close", func(_, _ *sim.Proc, c *sockapi.Conn) error { return c.Close() }, sockapi.EBADF},
			{"Abort", func(_, _ *sim.Proc, c *sockapi.Conn) error { return c.Abort() }, sockapi.EBADF},
			{"CloseWrite", func(p, _ *sim.Proc, c *sockapi.Conn) error { return c.CloseWrite(p) }, sockapi.EPIPE},
			{"Interrupt", func(_, v *sim.Proc, _ *sockapi.Conn) error { v.Interrupt(boom); return nil }, boom},
		} {
			if how.want == sockapi.EPIPE && !b.writes {
				continue
			}
			t.Run(b.name+"/"+how.name, func(t *testing.T) {
				each(t, func(t *testing.T, n sockapi.Network) {
					w := newWorld(options{})
					both(t, w, n, func(p *sim.Proc, c *sockapi.Conn) error {
						at := p.Now().Add(20 * unit.Second)
						w.process(t, "other", func(q *sim.Proc) error {
							if err := q.Sleep(20 * unit.Second); err != nil {
								return err
							}
							return how.do(q, p, c)
						})
						return timed(b.name, p, b.call(p, c), how.want, at)
					}, silent)
				})
			})
		}
	}
}

// After an interrupt the connection is as good as before.
func TestInterruptedCallCanBeRepeated(t *testing.T) {
	boom := errors.New("boom")
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		both(t, w, n, func(p *sim.Proc, c *sockapi.Conn) error {
			w.process(t, "other", func(q *sim.Proc) error {
				if err := q.Sleep(100 * ms); err != nil {
					return err
				}
				p.Interrupt(boom)
				return nil
			})
			var k sockapi.Checker
			check := func(_ sim.Time, x wire.Payload) error { return k.Check(x) }
			first, err := c.Consume(p, 1_000_000, check)
			if err := want("Consume", err, boom); err != nil {
				return err
			}
			second, err := c.Consume(p, 1_000_000-first, check)
			if err != nil || first == 0 || first+second != 1_000_000 || k.Received() != 1_000_000 {
				return fmt.Errorf("consumed %d and %d octets, checked %d: %v", first, second, k.Received(), err)
			}
			return c.Close()
		}, func(p *sim.Proc, c *sockapi.Conn) error {
			_, err := c.Transmit(p, 1_000_000)
			return err
		})
	})
}
