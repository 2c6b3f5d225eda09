package sockapi_test

import (
	"fmt"
	"strings"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Several processes that transmit, or consume, on one connection take turns in the order in which they came; one that
// gives up, is interrupted or killed while it waits does not hold up the others.
func TestTransmitAndConsumeTakeTurns(t *testing.T) {
	const size = 500_000
	each(t, func(t *testing.T, n sockapi.Network) {
		paired(t, n, func(p *sim.Proc, x *pair) {
			var sent, received []string
			start := func(name string, call func(p *sim.Proc) (int64, error)) *sim.Proc {
				q := x.process(t, name, func(p *sim.Proc) error {
					k, err := call(p)
					line := fmt.Sprintf("%s %d %v", name, k, err)
					if strings.HasPrefix(name, "read") {
						received = append(received, line)
					} else {
						sent = append(sent, line)
					}
					return nil
				})
				check(t, p.Sleep(1))
				return q
			}
			out, in := x.client.Conn(), x.server.Conn()
			send := func(q *sim.Proc) (int64, error) { return out.Transmit(q, size) }
			next := uint64(len("hello")) // which paired has sent
			read := func(q *sim.Proc) (int64, error) {
				return in.Consume(q, size, func(_ sim.Time, x wire.Payload) error {
					if x.Pos != next {
						t.Errorf("octet %d comes, want %d", x.Pos, next)
					}
					next += uint64(x.Len)
					return nil
				})
			}
			start("a", send)
			start("b", send)
			start("late", func(q *sim.Proc) (int64, error) { return out.TransmitUntil(q, size, q.Now().Add(ms)) })
			start("killed", send).Kill()
			start("interrupted", send).Interrupt(fmt.Errorf("boom"))
			start("c", send)
			start("read a", read)
			start("read none", func(q *sim.Proc) (int64, error) {
				return in.ConsumeUntil(q, size, q.Now().Add(ms), func(sim.Time, wire.Payload) error { return nil })
			})
			start("read b", read)
			start("read c", read)
			check(t, p.Sleep(100*unit.Second))
			wantLines(t, "senders", sent, "interrupted 0 boom", "late 0 "+sockapi.EAGAIN.Error(), "a 500000 <nil>",
				"b 500000 <nil>", "c 500000 <nil>")
			wantLines(t, "readers", received, "read none 0 "+sockapi.EAGAIN.Error(), "read a 500000 <nil>",
				"read b 500000 <nil>", "read c 500000 <nil>")
		})
	})
}

// The end of the connection ends all that wait.
func TestTurnsEndWithTheConnection(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		paired(t, n, func(p *sim.Proc, x *pair) {
			c, ended := x.client.Conn(), 0
			for i := range 3 {
				x.process(t, fmt.Sprint("writer", i), func(p *sim.Proc) error {
					_, err := c.Transmit(p, -1)
					is(t, "transmit", err, sockapi.EBADF)
					ended++
					return nil
				})
				x.process(t, fmt.Sprint("reader", i), func(p *sim.Proc) error {
					_, err := c.Consume(p, -1, func(sim.Time, wire.Payload) error { return nil })
					is(t, "consume", err, sockapi.EBADF)
					ended++
					return nil
				})
			}
			check(t, p.Sleep(unit.Second))
			check(t, c.Close())
			check(t, p.Sleep(1))
			if ended != 6 {
				t.Errorf("%d of 6 calls have ended", ended)
			}
		})
	})
}

// A call's own deadline is not that of others.
func TestDeadlinesOfOneCall(t *testing.T) {
	paired(t, sockapi.TCP, func(p *sim.Proc, x *pair) {
		within(t, p, "transmit", 40*ms, func() {
			k, err := x.client.Conn().TransmitUntil(p, -1, p.Now().Add(40*ms))
			is(t, "transmit", err, sockapi.EAGAIN)
			if k == 0 {
				t.Error("nothing was sent")
			}
		})
		within(t, p, "consume", 40*ms, func() {
			_, err := x.client.Conn().ConsumeUntil(p, 1, p.Now().Add(40*ms), nil)
			is(t, "consume", err, sockapi.EAGAIN)
		})
	})
}

// Who has had a turn and wants another comes behind those who wait.
func TestTurnsAreFair(t *testing.T) {
	paired(t, sockapi.TCP, func(p *sim.Proc, x *pair) {
		order := ""
		for _, name := range []string{"a", "b"} {
			x.process(t, name, func(p *sim.Proc) error {
				for range 3 {
					if _, err := x.client.Conn().Transmit(p, 300_000); err != nil {
						return err
					}
					order += name
				}
				return nil
			})
		}
		_, err := x.server.Conn().Consume(p, 1_800_000, func(sim.Time, wire.Payload) error { return nil })
		check(t, err)
		if order != "ababab" {
			t.Errorf("the turns are %s", order)
		}
	})
}
