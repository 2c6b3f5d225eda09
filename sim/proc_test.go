package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpsim/sim/unit"
)

// thrown runs f and returns what it panics with, which must be a Failure.
func thrown(t *testing.T, f func()) (failure *Failure) {
	t.Helper()
	defer func() {
		cause := recover()
		var ok bool
		if failure, ok = cause.(*Failure); !ok {
			t.Errorf("panicked with %v, want a *Failure", cause)
		}
	}()
	f()
	return nil
}

// script is a world whose processes write lines.
type script struct {
	*World
	c     Component
	lines []string
}

func newScript() *script {
	w := NewWorld(1)
	return &script{World: w, c: w.Component("host")}
}

func (s *script) log(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf("%d ", s.now)+fmt.Sprintf(format, args...))
}

func (s *script) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(s.lines, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(s.lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestProcSleepsAndEnds(t *testing.T) {
	s := newScript()
	for _, name := range []string{"a", "b"} {
		s.Go(s.c, name, func(p *Proc) {
			for i := range 2 {
				s.log("%s %d", p.Name(), i)
				if err := p.Sleep(10); err != nil {
					t.Error(err)
				}
			}
		})
	}
	s.Call(s.c, 0, func(Time) { s.log("call") })
	s.Run(100)
	s.want(t, "0 a 0", "0 b 0", "0 call", "10 a 1", "10 b 1")
	if s.procs.first != nil || s.procs.end != nil {
		t.Error("ended processes are kept")
	}
}

func TestSignalWakesInWaitingOrder(t *testing.T) {
	for _, key := range []uint64{0, 1, 2, 3} {
		testSignalWakesInWaitingOrder(t, key)
	}
}

func testSignalWakesInWaitingOrder(t *testing.T, key uint64) {
	s := newScript()
	s.ShakeTies(key)
	other := s.Component("earlier in no way")
	var sig Signal
	start := func(src Component, name string, after unit.Duration) {
		s.Go(src, name, func(p *Proc) {
			p.Sleep(after)
			s.log("%s waits", name)
			p.Wait(&sig)
			s.log("%s woken", name)
		})
	}
	start(s.c, "a", 3)
	start(other, "b", 1)
	start(s.c, "c", 2)
	s.Call(s.c, 10, func(Time) {
		s.Call(s.c, 10, func(Time) { s.log("later event") })
		sig.Notify(s.World)
		s.log("notified")
	})
	s.Run(20)
	s.want(t, "1 b waits", "2 c waits", "3 a waits", "10 notified", "10 b woken", "10 c woken", "10 a woken",
		"10 later event")
}

func TestFirst(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name string
		do   func(s *script, p *Proc, a, b *Signal)
		want []string
	}{
		{"second signal", func(s *script, p *Proc, a, b *Signal) { b.Notify(s.World) },
			[]string{"10 1 <nil>", "100 -1 <nil>"}},
		{"deadline", func(*script, *Proc, *Signal, *Signal) {}, []string{"20 -1 <nil>", "100 -1 <nil>"}},
		{"both signals", func(s *script, p *Proc, a, b *Signal) { b.Notify(s.World); a.Notify(s.World) },
			[]string{"10 1 <nil>", "100 -1 <nil>"}},
		{"interrupt", func(s *script, p *Proc, a, b *Signal) { p.Interrupt(boom) },
			[]string{"10 -1 boom", "100 -1 <nil>"}},
		{"signal, then interrupt", func(s *script, p *Proc, a, b *Signal) {
			a.Notify(s.World)
			p.Interrupt(boom)
		}, []string{"10 0 <nil>", "10 -1 boom"}},
		{"interrupt, then signal", func(s *script, p *Proc, a, b *Signal) {
			p.Interrupt(boom)
			a.Notify(s.World)
		}, []string{"10 -1 boom", "100 -1 <nil>"}},
		{"killed", func(s *script, p *Proc, a, b *Signal) { p.Kill() }, []string{"10 deferred", "10 done"}},
		{"signal, then killed", func(s *script, p *Proc, a, b *Signal) {
			a.Notify(s.World)
			p.Kill()
			p.Interrupt(boom)
		}, []string{"10 deferred", "10 done"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript()
			var a, b Signal
			p := s.Go(s.c, "p", func(p *Proc) {
				defer func() {
					if p.killed {
						s.log("deferred")
					}
				}()
				i, err := p.First(20, &a, &b)
				s.log("%d %v", i, err)
				i, err = p.First(100, &a, &b)
				s.log("%d %v", i, err)
			})
			s.Go(s.c, "watch", func(watch *Proc) {
				watch.Wait(p.Done())
				if p.killed {
					s.log("done")
				}
			})
			s.Call(s.c, 10, func(Time) { c.do(s, p, &a, &b) })
			s.Run(200)
			s.want(t, c.want...)
			if !p.Ended() || a.Waiting() || b.Waiting() {
				t.Error("the process still waits")
			}
		})
	}
}

// A signal at the very time of the deadline: whichever event comes first decides, the other is void.
func TestDeadlineAndSignalAtOnce(t *testing.T) {
	for _, signalFirst := range []bool{true, false} {
		s := newScript()
		var sig Signal
		notify := func(Time) { sig.Notify(s.World) }
		if signalFirst {
			s.Call(s.c, 10, notify)
		}
		s.Go(s.c, "p", func(p *Proc) {
			i, _ := p.First(10, &sig)
			s.log("%d", i)
			i, _ = p.First(30, &sig)
			s.log("%d", i)
		})
		if !signalFirst {
			s.Call(s.c, 10, notify)
		}
		s.Run(50)
		if signalFirst {
			s.want(t, "10 0", "30 -1")
		} else {
			s.want(t, "10 -1", "10 0")
		}
	}
}

func TestInterruptBeforeCall(t *testing.T) {
	s := newScript()
	boom := errors.New("boom")
	p := s.Go(s.c, "p", func(p *Proc) {
		s.log("%v", p.Sleep(5))
		s.log("%v", p.Sleep(5))
	})
	p.Interrupt(boom)
	s.Run(10)
	s.want(t, "0 boom", "5 <nil>")
	p.Interrupt(boom)
	p.Kill()
	if f := thrown(t, func() { p.Interrupt(nil) }); !strings.Contains(f.Error(), `"p" without an error`) {
		t.Error(f)
	}
}

func TestKillBeforeStart(t *testing.T) {
	s := newScript()
	p := s.Go(s.c, "p", func(*Proc) { s.log("ran") })
	s.Go(s.c, "watch", func(watch *Proc) {
		watch.Wait(p.Done())
		s.log("done")
	})
	// The watcher must wait before p is unwound, so p is started second.
	s.procs.ready[0], s.procs.ready[1] = s.procs.ready[1], s.procs.ready[0]
	p.Kill()
	s.Run(10)
	s.want(t, "0 done")
}

func TestKillOneself(t *testing.T) {
	s := newScript()
	s.Go(s.c, "p", func(p *Proc) {
		defer s.log("deferred")
		p.Kill()
		s.log("survived")
	})
	s.Run(10)
	s.want(t, "0 deferred")
}

func TestCloseUnwinds(t *testing.T) {
	s := newScript()
	var sig Signal
	for _, name := range []string{"a", "b", "c"} {
		s.Go(s.c, name, func(p *Proc) {
			defer func() {
				s.log("%s deferred", name)
				sig.Notify(s.World) // wakes nobody any more
				p.Wait(&sig)        // unwinds at once
				s.log("%s waited", name)
			}()
			p.Wait(&sig)
			s.log("%s woken", name)
		})
	}
	s.Run(5)
	s.Go(s.c, "late", func(p *Proc) { s.log("late ran") })
	s.Close()
	s.Close()
	s.want(t, "5 a deferred", "5 b deferred", "5 c deferred")
	if sig.Waiting() {
		t.Error("a process that was unwound still waits")
	}
	if f := thrown(t, func() { s.Run(10) }); !strings.Contains(f.Error(), "closed") {
		t.Error(f)
	}
	if f := thrown(t, func() { s.Go(s.c, "x", nil) }); !strings.Contains(f.Error(), "closed") {
		t.Error(f)
	}
}

func TestPanicInProcess(t *testing.T) {
	s := newScript()
	cause := errors.New("cause")
	s.Go(s.c, "culprit", func(p *Proc) {
		p.Sleep(1500 * unit.Millisecond)
		panic(cause)
	})
	bystander := s.Go(s.c, "bystander", func(p *Proc) { p.Sleep(unit.Minute) })
	f := thrown(t, func() { s.Run(Time(unit.Hour)) })
	if f.Process != "culprit" || f.Now != 1_500_000_000 || f.Seed != 1 || !errors.Is(f, cause) {
		t.Errorf("got %+v", f)
	}
	if text := f.Error(); !strings.HasPrefix(text, `sim: seed 1, time 1.500000000s, process "culprit": cause`) ||
		!strings.Contains(text, "TestPanicInProcess") {
		t.Errorf("message %q names neither process nor place", text)
	}
	s.Close()
	if !bystander.Ended() {
		t.Error("Close after a panic left a process")
	}
}

func TestPanicWhileUnwinding(t *testing.T) {
	s := newScript()
	s.Go(s.c, "culprit", func(p *Proc) {
		defer func() { panic("not now") }()
		p.Sleep(unit.Minute)
	})
	s.Run(1)
	if f := thrown(t, s.Close); f.Process != "culprit" || f.Cause != "not now" {
		t.Error(f)
	}
}

func TestBlockingOutsideBody(t *testing.T) {
	s := newScript()
	p := s.Go(s.c, "p", func(p *Proc) { p.Sleep(unit.Minute) })
	s.Call(s.c, 5, func(Time) { p.Sleep(1) })
	if f := thrown(t, func() { s.Run(10) }); !strings.Contains(f.Error(), `"p" outside its own body`) {
		t.Error(f)
	}
	s.Go(s.c, "closer", func(p *Proc) { s.Close() })
	if f := thrown(t, func() { s.Run(10) }); !strings.Contains(f.Error(), "inside process") {
		t.Error(f)
	}
	s.Close()
}

func TestProcSwitchAllocatesNothing(t *testing.T) {
	s := newScript()
	var a, b Signal
	s.Go(s.c, "p", func(p *Proc) {
		for {
			p.Sleep(5)
			p.First(Never, &a, &b)
		}
	})
	s.Run(7)
	if n := testing.AllocsPerRun(100, func() {
		b.Notify(s.World)
		s.Run(s.now + 10)
	}); n != 0 {
		t.Errorf("%v allocations for two switches", n)
	}
	s.Close()
}

func BenchmarkProcSwitch(b *testing.B) {
	s := newScript()
	s.Go(s.c, "p", func(p *Proc) {
		for {
			p.Sleep(1000)
		}
	})
	s.Run(0)
	timed(b, func() { s.Run(Time(b.N) * 1000) })
	s.Close()
}

func BenchmarkProcNotify(b *testing.B) {
	s := newScript()
	var ping, pong Signal
	s.Go(s.c, "p", func(p *Proc) {
		for range b.N {
			p.Wait(&ping)
			pong.Notify(s.World)
		}
	})
	s.Go(s.c, "q", func(p *Proc) {
		for range b.N {
			ping.Notify(s.World)
			p.Wait(&pong)
		}
	})
	timed(b, func() { s.Run(1) })
	s.Close()
}

func TestWaitUntil(t *testing.T) {
	s := newScript()
	var sig Signal
	boom := errors.New("boom")
	p := s.Go(s.c, "p", func(p *Proc) {
		for range 4 {
			ok, err := p.WaitUntil(p.Now()+10, &sig)
			s.log("%v %v", ok, err)
		}
	})
	s.Call(s.c, 3, func(Time) { sig.Notify(s.World) })
	s.Call(s.c, 20, func(Time) { p.Interrupt(boom) })
	s.Run(50)
	s.want(t, "3 true <nil>", "13 false <nil>", "20 false boom", "30 false <nil>")
}

// A process that was woken runs as soon as the world does, and a Stop leaves those behind it for the next Run.
func TestStopBetweenWokenProcesses(t *testing.T) {
	s := newScript()
	var sig Signal
	for _, name := range []string{"a", "b"} {
		s.Go(s.c, name, func(p *Proc) {
			p.Wait(&sig)
			s.log("%s", name)
			s.Stop()
		})
	}
	s.Run(5)
	sig.Notify(s.World)
	if s.Next() != 5 || s.Pending() != 2 {
		t.Errorf("next %v, %d pending: want two processes at 5", s.Next(), s.Pending())
	}
	s.Run(9)
	s.log("stopped")
	s.Run(9)
	s.log("stopped again")
	s.Run(9)
	s.want(t, "5 a", "5 stopped", "5 b", "5 stopped again")
	if s.Stats().Events != 4 { // each process began and was woken
		t.Errorf("%d events, want 4", s.Stats().Events)
	}
}

func BenchmarkProcWaitUntil(b *testing.B) {
	s := newScript()
	var ping, pong Signal
	s.Go(s.c, "p", func(p *Proc) {
		for range b.N {
			p.WaitUntil(1e9, &ping)
			pong.Notify(s.World)
		}
	})
	s.Go(s.c, "q", func(p *Proc) {
		for range b.N {
			ping.Notify(s.World)
			p.WaitUntil(1e9, &pong)
		}
	})
	timed(b, func() { s.Run(1) })
	s.Close()
}
