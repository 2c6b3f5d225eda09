package sim

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mpsim/sim/unit"
)

func TestMisuseFails(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *World, k Kind, c Component, e EventID)
		want []string
	}{
		{"arm in the past", func(w *World, _ Kind, _ Component, e EventID) {
			w.Run(Time(unit.Second))
			w.Arm(e, 5)
		}, []string{"seed 99", "time 1.000000000s", `component "link/a"`, `kind "arrival"`, "0.000000005s",
			"past"}},
		{"arm in the past after the width changed", func(w *World, _ Kind, _ Component, e EventID) {
			w.Run(1000)
			w.setShift(20)
			w.Arm(e, 5)
		}, []string{"past", "0.000001000s"}},
		{"arm none", func(w *World, _ Kind, _ Component, _ EventID) { w.Arm(0, 5) }, []string{"never made"}},
		{"arm freed", func(w *World, _ Kind, _ Component, e EventID) {
			w.FreeEvent(e)
			w.Arm(e, 5)
		}, []string{"freed"}},
		{"disarm none", func(w *World, _ Kind, _ Component, _ EventID) { w.Disarm(0) }, []string{"never made"}},
		{"free twice", func(w *World, _ Kind, _ Component, e EventID) {
			w.FreeEvent(e)
			w.FreeEvent(e)
		}, []string{"FreeEvent", "freed"}},
		{"no component", func(w *World, k Kind, _ Component, _ EventID) { w.NewEvent(k, 0, 0) },
			[]string{"component 0 of 1"}},
		{"unknown component", func(w *World, k Kind, _ Component, _ EventID) { w.NewEvent(k, 0, 7) },
			[]string{"component 7 of 1"}},
		{"unknown kind", func(w *World, k Kind, c Component, _ EventID) { w.NewEvent(k+1, 0, c) },
			[]string{"not registered", "link/a"}},
		{"name taken", func(w *World, _ Kind, _ Component, _ EventID) { w.Component("link/a") },
			[]string{`"link/a"`, "unique"}},
		{"too many kinds", func(w *World, _ Kind, _ Component, _ EventID) {
			for {
				w.NewKind("more", nil)
			}
		}, []string{"256"}},
		{"too many events", func(w *World, k Kind, c Component, _ EventID) {
			w.components[c].events = 1<<32 - 1
			w.NewEvent(k, 0, c)
		}, []string{"2^32"}},
		{"call at never", func(w *World, _ Kind, c Component, _ EventID) { w.Call(c, Never, nil) },
			[]string{"Never", "link/a"}},
		{"run into the past", func(w *World, _ Kind, _ Component, _ EventID) {
			w.Run(10)
			w.Run(9)
		}, []string{"past"}},
		{"run inside run", func(w *World, _ Kind, c Component, _ EventID) {
			w.Call(c, 5, func(Time) { w.Run(7) })
			w.Run(10)
		}, []string{"Run inside Run", "0.000000005s"}},
		{"nil handler's panic", func(w *World, _ Kind, c Component, _ EventID) {
			w.Call(c, 5, func(Time) { var p *int; *p = 1 })
			w.Run(10)
		}, []string{"seed 99", "0.000000005s", "nil pointer"}},
		{"shake late", func(w *World, _ Kind, c Component, e EventID) {
			w.Arm(e, 1)
			w.Run(2)
			w.ShakeTies(1)
		}, []string{"ShakeTies"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := NewWorld(99)
			comp := w.Component("link/a")
			k := w.NewKind("arrival", func(Time, uint32) {})
			e := w.NewEvent(k, 0, comp)
			f := thrown(t, func() { c.do(w, k, comp, e) })
			for _, part := range c.want {
				if f != nil && !strings.Contains(f.Error(), part) {
					t.Errorf("%q does not say %q", f, part)
				}
			}
		})
	}
}

func TestFailureUnwraps(t *testing.T) {
	cause := errors.New("cause")
	w := NewWorld(1)
	w.Call(w.Component("c"), 5, func(Time) { panic(cause) })
	if f := thrown(t, func() { w.Run(10) }); !errors.Is(f, cause) || f.Stack != "" {
		t.Errorf("%+v", f)
	}
}

func TestCallsOrderByComponentThenNumber(t *testing.T) {
	w := NewWorld(1)
	a, b := w.Component("a"), w.Component("b")
	var got []string
	say := func(what string) func(Time) { return func(Time) { got = append(got, what) } }
	w.Call(b, 5, say("b0"))
	w.Call(a, 5, func(now Time) {
		got = append(got, "a0")
		w.Call(a, now, say("a2"))
	})
	w.Call(a, 5, say("a1"))
	w.Call(b, 4, say("early"))
	w.Run(5)
	if want := []string{"early", "a0", "a1", "a2", "b0"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := len(w.calls.slots); n > 4 {
		t.Errorf("%d slots for 4 calls at once", n)
	}
	for range 1000 {
		w.Call(a, w.now, say(""))
		w.Run(w.now)
	}
	if n := len(w.calls.slots); n > 4 {
		t.Errorf("%d slots after 1000 calls one by one", n)
	}
	if n := len(w.nodes); n > 10 {
		t.Errorf("%d events for at most 4 calls at once", n)
	}
}

func TestStop(t *testing.T) {
	w := NewWorld(1)
	c := w.Component("c")
	var got []Time
	for _, at := range []Time{5, 6, 7} {
		w.Call(c, at, func(now Time) {
			got = append(got, now)
			if now == 6 {
				w.Stop()
			}
		})
	}
	w.Run(10)
	if w.Now() != 6 || len(got) != 2 {
		t.Errorf("stopped at %v after %v, want 6 ns", w.Now(), got)
	}
	w.Call(c, 6, func(now Time) { got = append(got, now) })
	w.Run(10)
	if want := []Time{5, 6, 6, 7}; w.Now() != 10 || !slices.Equal(got, want) {
		t.Errorf("at %v after %v, want 10 ns after %v", w.Now(), got, want)
	}
}

// Driving a world in small steps must not make it judge its load by small samples.
func TestStopKeepsTheLook(t *testing.T) {
	w := NewWorld(1)
	c := w.Component("c")
	for i := range Time(100) {
		w.Call(c, i, func(Time) { w.Stop() })
		w.Run(Never)
	}
	if w.events != 100 || w.width.lastEvents != 0 {
		t.Errorf("the width was looked at after %d events", w.width.lastEvents)
	}
}

func TestShakeTiesPermutesOnlyTies(t *testing.T) {
	order := func(key uint64) (got []uint32) {
		w := NewWorld(1)
		w.ShakeTies(key)
		c := w.Component("c")
		k := w.NewKind("k", func(now Time, index uint32) { got = append(got, index) })
		for i := range uint32(100) {
			w.Arm(w.NewEvent(k, i, c), Time(i/10))
		}
		w.Run(100)
		return got
	}
	plain, one, two := order(0), order(1), order(2)
	if !slices.IsSorted(plain) || slices.Equal(plain, one) || slices.Equal(one, two) ||
		!slices.Equal(one, order(1)) {
		t.Error("key 0 must not shake; other keys must, each in its own way")
	}
	for i := range 10 {
		part := slices.Sorted(slices.Values(one[10*i : 10*i+10]))
		if !slices.Equal(part, plain[10*i:10*i+10]) {
			t.Errorf("at %d ns came events %v", i, part)
		}
	}
}

func TestTimer(t *testing.T) {
	w := NewWorld(1)
	var timer Timer
	var fired []Time
	handled := 0
	k := w.NewKind("timer", func(now Time, _ uint32) {
		handled++
		if timer.Due(w, now) {
			if timer.Deadline() != Never {
				t.Error("a timer that has fired must be stopped")
			}
			fired = append(fired, now)
		}
	})
	timer.Init(w, k, 0, w.Component("c"))
	at := func(now, deadline Time) {
		w.Run(now)
		timer.Set(w, deadline)
		if timer.Deadline() != deadline {
			t.Errorf("deadline %v, want %v", timer.Deadline(), deadline)
		}
	}
	at(0, 100)  // armed at 100
	at(50, 150) // soft
	at(60, 170)
	at(120, 130) // the event at 100 re-armed itself for 170: must move earlier
	at(200, 300) // after firing at 130
	w.Run(210)
	timer.Stop()
	w.Run(400) // the event at 300 finds nothing to do
	at(400, 500)
	w.Run(450)
	timer.Stop()
	at(450, 600)
	w.Run(1000)
	if want := []Time{130, 600}; !slices.Equal(fired, want) {
		t.Errorf("fired at %v, want %v", fired, want)
	}
	if handled != 5 { // 100 (early), 130, 300 (stopped), 500 (early), 600
		t.Errorf("%d events handled, want 5", handled)
	}
	if f := thrown(t, func() { timer.Set(w, 999) }); !strings.Contains(f.Error(), "past") {
		t.Error(f)
	}
	timer.Free(w)
	if f := thrown(t, func() { timer.Set(w, 2000) }); !strings.Contains(f.Error(), "never made") {
		t.Error(f)
	}
}

func TestDigest(t *testing.T) {
	digest := func(swap, silent bool, v uint64) string {
		w := NewWorld(1)
		a, b := "a", "b"
		if swap {
			a, b = b, a
		}
		var h Hash
		h.Mix(v)
		ca := w.Component(a)
		w.Component(b)
		if !silent {
			w.DigestOf(ca, func() uint64 { return uint64(h) })
		}
		return w.Digest()
	}
	base := digest(false, false, 1)
	if len(base) != 32 || base != digest(false, false, 1) {
		t.Errorf("digest %q is not 32 digits that repeat", base)
	}
	if want := "ec894e2471c0308cdbc66c56b0b62a85"; base != want {
		t.Errorf("digest %s, want %s: the definition has changed, stored digests are void", base, want)
	}
	for i, other := range []string{digest(true, false, 1), digest(false, true, 1), digest(false, false, 2)} {
		if other == base {
			t.Errorf("change %d does not show in the digest", i)
		}
	}
}

func TestHashTellsSequencesApart(t *testing.T) {
	seen := map[Hash][]uint64{}
	for _, seq := range [][]uint64{
		{}, {0}, {0, 0}, {1}, {1, 0}, {0, 1}, {2}, {1, 2}, {2, 1}, {1 << 63}, {^uint64(0)},
	} {
		var h Hash
		for _, v := range seq {
			h.Mix(v)
		}
		if other, taken := seen[h]; taken {
			t.Errorf("%v and %v give the same hash", seq, other)
		}
		seen[h] = seq
	}
}
