package app_test

import (
	"errors"
	"strings"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app"
)

func TestBulkBytes(t *testing.T) {
	for _, download := range []bool{false, true} {
		each(t, func(t *testing.T, w *world) {
			const size = 2_000_000
			w.ends.Start = sim.Time(unit.Second)
			r := app.StartBulk(w.World, app.Bulk{Ends: w.ends, Download: download, Bytes: size})
			w.run(60 * unit.Second)
			if r.Err != nil || r.Sent != size || r.Received != size {
				t.Errorf("sent %d, received %d: %v", r.Sent, r.Received, r.Err)
			}
			if r.Started != w.ends.Start || r.Connected < r.Started.Add(2*oneWay) ||
				r.Connected > r.Started.Add(3*oneWay) {
				t.Errorf("started at %s, connected at %s", r.Started, r.Connected)
			}
			if r.FirstByte < r.Connected || r.LastByte <= r.FirstByte || r.Finished < r.LastByte {
				t.Errorf("connected %s, first octet %s, last %s, finished %s", r.Connected, r.FirstByte,
					r.LastByte, r.Finished)
			}
			// 2 MB at 10 Mbit/s take 1.6 s and a little more for headers and slow start.
			if g := r.Goodput(); g < rate*85/100 || g > rate {
				t.Errorf("goodput %s", g)
			}
			wire := w.net.Counters(w.up).Delivered.Octets
			if download {
				wire = w.net.Counters(w.down).Delivered.Octets
			}
			if wire < size {
				t.Errorf("only %d octets went the way that the data had to go", wire)
			}
		})
	}
}

func TestBulkDuration(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := app.StartBulk(w.World, app.Bulk{Ends: w.ends, Download: true, Duration: 5 * unit.Second})
		w.run(120 * unit.Second)
		if r.Err != nil || r.Sent != r.Received || r.Sent < 5_000_000 {
			t.Errorf("sent %d, received %d in 5 s at %s: %v", r.Sent, r.Received, rate, r.Err)
		}
		// What was in the send buffer at the end of the time still goes out.
		if r.Finished < sim.Time(5*unit.Second) || r.Finished > sim.Time(30*unit.Second) {
			t.Errorf("finished at %s", r.Finished)
		}
	})
}

// Without bytes and duration a bulk transfer lasts until the run ends: it has not failed, nor finished.
func TestBulkWithoutEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := app.StartBulk(w.World, app.Bulk{Ends: w.ends})
		w.Run(sim.Time(5 * unit.Second))
		r.Update(w.Now())
		w.Close()
		if r.Err != nil || r.Finished != sim.Never || r.Received < 4_000_000 || r.Sent < r.Received {
			t.Errorf("sent %d, received %d, finished at %s: %v", r.Sent, r.Received, r.Finished, r.Err)
		}
	})
}

// The longest gap is that of an outage, whether it is over when somebody asks or not.
func TestBulkGap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		from, to := sim.Time(2*unit.Second), sim.Time(4*unit.Second)
		w.Call(w.Component("outage"), from, func(sim.Time) { w.net.SetDown(w.down, true) })
		w.Call(w.Component("repair"), to, func(sim.Time) { w.net.SetDown(w.down, false) })
		r := app.StartBulk(w.World, app.Bulk{Ends: w.ends, Download: true, Bytes: 8_000_000})
		w.Run(sim.Time(3 * unit.Second))
		if r.LongestGap > unit.Second/2 {
			t.Errorf("gap of %s before anyone asked", r.LongestGap)
		}
		r.Update(w.Now())
		if r.LongestGap < 9*unit.Second/10 || r.LongestGap > 11*unit.Second/10 {
			t.Errorf("inside the outage: gap of %s", r.LongestGap)
		}
		w.run(60 * unit.Second)
		if r.Err != nil || r.Received != 8_000_000 {
			t.Fatalf("received %d: %v", r.Received, r.Err)
		}
		end := r.LongestGapAt.Add(r.LongestGap)
		if r.LongestGapAt < from.Add(-unit.Second/10) || r.LongestGapAt > from.Add(unit.Second/10) || end < to {
			t.Errorf("gap of %s from %s", r.LongestGap, r.LongestGapAt)
		}
		before := r.LongestGap
		if r.Update(sim.Time(1000 * unit.Second)); r.LongestGap != before {
			t.Error("the silence after the end counts as a gap")
		}
	})
}

// A segment whose content is not what was sent there makes the workload fail and says where. (MPTCP holds
// positions against its mappings before an application sees them.)
func TestBulkDetectsCorruption(t *testing.T) {
	forgeries := map[string]func(x *wire.Payload){
		"another position": func(x *wire.Payload) { x.Pos += 3 },
		"another stream":   func(x *wire.Payload) { x.Stream++ },
	}
	for name, forge := range forgeries {
		for _, from := range []int{1, 50} { // the first segment with data, or one in the middle
			t.Run(name, func(t *testing.T) {
				each(t, func(t *testing.T, w *world) {
					n := 0
					w.forge = func(_ sim.Time, seg *wire.Segment) {
						if seg.Payload.Len > 0 {
							if n++; n == from {
								forge(&seg.Payload)
							}
						}
					}
					r := app.StartBulk(w.World, app.Bulk{Ends: w.ends, Download: true, Bytes: 1_000_000})
					if w.ends.Network == sockapi.MPTCP && name == "another position" {
						// MPTCP's own assertion comes first: what a mapping delivers is what was sent there.
						defer func() {
							if recover() == nil {
								t.Error("the run went on")
							}
						}()
					}
					w.run(30 * unit.Second)
					var corrupt *sockapi.CorruptError
					if !errors.As(r.Err, &corrupt) || r.Finished != sim.Never {
						t.Fatalf("received %d of 1000000, finished at %s: %v", r.Received, r.Finished, r.Err)
					}
					if !strings.HasPrefix(r.Err.Error(), "job: receiver, after ") {
						t.Errorf("message %q", r.Err)
					}
				})
			})
		}
	}
}

func TestBulkFailures(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world)
		want error
		text string
	}{
		{"server's port is taken", func(w *world) {
			must(w.ends.Server.Listen(sockapi.TCP, wire.Addr{}, w.ends.Port))
		}, sockapi.EADDRINUSE, "job: server server: listen on port 5001"},
		{"nobody there", func(w *world) {
			w.net.SetDown(w.up, true)
		}, sockapi.ETIMEDOUT, "job: client client: connect: connection timed out"},
		{"path dies", func(w *world) {
			w.Call(w.Component("outage"), sim.Time(unit.Second), func(sim.Time) { w.net.SetDown(w.up, true) })
		}, sockapi.ETIMEDOUT, "job: sender, after "},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				c.do(w)
				r := app.StartBulk(w.World, app.Bulk{Ends: w.ends, Bytes: 10_000_000})
				w.run(3000 * unit.Second)
				if !errors.Is(r.Err, c.want) || !strings.HasPrefix(r.Err.Error(), c.text) {
					t.Errorf("got %v", r.Err)
				}
			})
		})
	}
}

func TestGoodput(t *testing.T) {
	second := sim.Time(unit.Second)
	for _, c := range []struct {
		r    app.Result
		want unit.Bitrate
	}{
		{app.Result{FirstByte: sim.Never, LastByte: sim.Never}, 0},
		{app.Result{FirstByte: second, LastByte: second, Received: 1000}, 0},
		{app.Result{FirstByte: second, LastByte: 3 * second, Received: 1000}, 4000},
		{app.Result{FirstByte: 0, LastByte: 8, Received: 1}, unit.GbitPerSecond},
		{app.Result{FirstByte: 0, LastByte: 3 * second, Received: 1 << 50}, 3002399751580330},
	} {
		if got := c.r.Goodput(); got != c.want {
			t.Errorf("%+v: %d, want %d", c.r, got, c.want)
		}
	}
}
