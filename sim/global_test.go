package sim

import (
	"fmt"
	"slices"
	"testing"

	"mpsim/sim/unit"
)

// sideBySide drives the parts of a world that never send each other anything, in turns of an odd length.
func sideBySide(w *World) {
	w.SetDriver(func(until Time) {
		for {
			end, global := until, false
			if at := w.NextGlobal(); at <= until {
				end, global = at-1, true
			}
			for _, p := range w.Parts() {
				for next := p.Next(); next <= end; {
					next = p.Advance(min(end, next.Add(3)))
				}
			}
			if !global {
				return
			}
			w.RunGlobals(end + 1)
		}
	})
}

// TestGlobal: what concerns the whole world runs between everything before its time and everything at it,
// in the order of the calls, in a world that is cut as in one that is not.
func TestGlobal(t *testing.T) {
	for _, parts := range []int{1, 2, 3} {
		for _, slice := range []unit.Duration{1, 7, 100} {
			t.Run(fmt.Sprintf("%d parts, slices of %d ns", parts, slice), func(t *testing.T) {
				w := NewWorld(1)
				logs := make([][]string, 4) // of three components and the world
				note := func(i int, format string, args ...any) {
					logs[i] = append(logs[i], fmt.Sprintf(format, args...))
				}
				w.Global(20, func(now Time) {
					note(3, "before the cut %d", now)
				})
				worlds := []*World{w}
				for range parts - 1 {
					worlds = append(worlds, w.NewPart())
				}
				wake := make([]Signal, 3)
				for i := range 3 {
					p := worlds[i%parts]
					c := w.Component(fmt.Sprintf("c%d", i))
					for _, at := range []Time{19, 20, 21} {
						p.Call(c, at, func(now Time) { note(i, "event %d", now) })
					}
					p.Go(c, "process", func(x *Proc) {
						for x.Wait(&wake[i]) == nil {
							note(i, "woken %d", p.Now())
						}
					})
				}
				w.Global(20, func(now Time) {
					for i := range 3 {
						p := worlds[i%parts]
						note(i, "global %d %d", now, p.Now())
						wake[i].Notify(p)
					}
					w.Global(20, func(now Time) { note(3, "nested %d", now) })
					w.Global(22, func(now Time) { note(3, "later %d", now) })
				})
				w.Global(5, func(now Time) { note(3, "early %d", now) })
				if parts > 1 {
					sideBySide(w)
				}
				for w.Now() < 100 {
					w.Run(min(100, w.Now().Add(slice)))
				}
				if w.Stats().Events == 0 || worlds[parts-1].Now() != 100 {
					t.Errorf("%d events, clock %v", w.Stats().Events, worlds[parts-1].Now())
				}
				for i := range 3 {
					want := []string{"event 19", "global 20 20", "woken 20", "event 20", "event 21"}
					if !slices.Equal(logs[i], want) {
						t.Errorf("component %d: %q", i, logs[i])
					}
				}
				want := []string{"early 5", "before the cut 20", "nested 20", "later 22"}
				if !slices.Equal(logs[3], want) {
					t.Errorf("globals: %q", logs[3])
				}
				w.Close()
				if w.Pending() != 0 {
					t.Errorf("%d events pending", w.Pending())
				}
			})
		}
	}
}

// TestGlobalTooLate: a handler of a world that has been cut cannot stop the others in time.
func TestGlobalTooLate(t *testing.T) {
	w := NewWorld(1)
	c := w.Component("c")
	w.NewPart()
	sideBySide(w)
	w.Call(c, 5, func(Time) { w.Global(6, func(Time) {}) })
	defer func() {
		if f, ok := recover().(*Failure); !ok || f.Now != 5 {
			t.Errorf("recovered %v", f)
		}
	}()
	w.Run(10)
}

// TestNext: Next never lies behind what is pending, and Advance gets there in the end.
func TestNext(t *testing.T) {
	w := NewWorld(1)
	c := w.Component("c")
	if w.Next() != Never {
		t.Errorf("next is %v in an empty world", w.Next())
	}
	for _, at := range []Time{3, 500_000, 1_000_000_000, 900_000_000_000} {
		hit := false
		w.Call(c, at, func(Time) { hit = true })
		steps := 0
		for next := w.Next(); !hit; next = w.Advance(next) {
			if next > at || next < w.Now() || steps > 3 {
				t.Fatalf("next is %v after %d steps, the event comes at %v", next, steps, at)
			}
			steps++
		}
	}
}
