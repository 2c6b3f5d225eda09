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

func TestRequestResponse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const count, size, think = 20, 10_000, 500 * unit.Millisecond
		w.ends.Start = sim.Time(unit.Second)
		r := app.StartRequestResponse(w.World, app.RequestResponse{
			Ends: w.ends, Requests: count, RequestBytes: 300, ResponseBytes: size, Think: think,
		})
		w.run(60 * unit.Second)
		if r.Err != nil || r.Requests != count || r.Sent != count*size || r.Received != count*size {
			t.Fatalf("%d exchanges, sent %d, received %d: %v", r.Requests, r.Sent, r.Received, r.Err)
		}
		if len(r.Latencies) != count {
			t.Fatalf("%d latencies", len(r.Latencies))
		}
		var all unit.Duration
		for i, l := range r.Latencies {
			all += l
			// A round trip and 8 ms of 10 Mbit/s, at most one more round trip while the window is small.
			if l < 2*oneWay+8*unit.Millisecond || l > 4*oneWay+10*unit.Millisecond {
				t.Errorf("exchange %d took %s", i, l)
			}
		}
		want := r.Connected.Add(all + (count-1)*think)
		if r.Finished < want || r.Finished > want.Add(3*oneWay) {
			t.Errorf("finished at %s, want soon after %s", r.Finished, want)
		}
		if r.LongestGap < think || r.LongestGap > think+4*oneWay {
			t.Errorf("longest gap %s", r.LongestGap)
		}
	})
}

func TestRequestResponseUntilTheEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := app.StartRequestResponse(w.World, app.RequestResponse{Ends: w.ends, RequestBytes: 1, ResponseBytes: 1})
		w.run(unit.Second)
		// One round trip each; the first one of it is the handshake.
		if r.Err != nil || r.Finished != sim.Never || r.Requests < 45 || r.Requests > 49 {
			t.Errorf("%d exchanges in 1 s, finished at %s: %v", r.Requests, r.Finished, r.Err)
		}
	})
}

func TestRequestResponseDetectsCorruption(t *testing.T) {
	w := newWorld(sockapi.TCP)
	n := 0
	w.forge = func(_ sim.Time, seg *wire.Segment) {
		if seg.Payload.Len > 0 {
			if n++; n == 5 {
				seg.Payload.Pos--
			}
		}
	}
	r := app.StartRequestResponse(w.World, app.RequestResponse{
		Ends: w.ends, Requests: 10, RequestBytes: 100, ResponseBytes: 1000,
	})
	w.run(30 * unit.Second)
	var corrupt *sockapi.CorruptError
	if !errors.As(r.Err, &corrupt) || r.Requests != 4 || corrupt.Want != 4000 || corrupt.Got != 3999 {
		t.Fatalf("%d exchanges: %v", r.Requests, r.Err)
	}
	if !strings.HasPrefix(r.Err.Error(), "job: client: response 5, after 1000 octets: ") {
		t.Errorf("message %q", r.Err)
	}
}

// A path that dies in the middle makes the workload fail, whichever side finds out first.
func TestRequestResponseTimeout(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Call(w.Component("outage"), sim.Time(unit.Second), func(sim.Time) {
			w.net.SetDown(w.up, true)
			w.net.SetDown(w.down, true)
		})
		r := app.StartRequestResponse(w.World, app.RequestResponse{
			Ends: w.ends, RequestBytes: 100, ResponseBytes: 100, Think: 100 * unit.Millisecond,
		})
		w.run(3000 * unit.Second)
		if !errors.Is(r.Err, sockapi.ETIMEDOUT) || !strings.HasPrefix(r.Err.Error(), "job: ") {
			t.Errorf("got %v", r.Err)
		}
	})
}

func TestWrongSizesAreRefused(t *testing.T) {
	for _, x := range []app.RequestResponse{
		{RequestBytes: 0, ResponseBytes: 1}, {RequestBytes: 1, ResponseBytes: 0},
		{RequestBytes: 1, ResponseBytes: 1, Requests: -1}, {RequestBytes: 1, ResponseBytes: 1, Think: -1},
	} {
		refused(t, func(w *world) {
			x.Ends = w.ends
			app.StartRequestResponse(w.World, x)
		})
	}
	for _, b := range []app.Bulk{{Bytes: -1}, {Duration: -1}} {
		refused(t, func(w *world) {
			b.Ends = w.ends
			app.StartBulk(w.World, b)
		})
	}
}

func refused(t *testing.T, start func(w *world)) {
	t.Helper()
	w := newWorld(sockapi.TCP)
	defer func() {
		if f, ok := recover().(*sim.Failure); !ok || !strings.Contains(f.Error(), "workload job: ") {
			t.Errorf("panicked with %v", f)
		}
	}()
	start(w)
}
