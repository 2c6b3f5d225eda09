package sockapi_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// memory returns the octets that live on the heap and in the stacks of coroutines.
func memory() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// Ten thousand sockets in one world, each with a process of its own: half of them connect, send ten messages and wait
// for each answer; all are told of their subflows.
func TestTenThousandSockets(t *testing.T) {
	const (
		connections = 5000
		messages    = 10
		size        = 100
	)
	before, start := memory(), time.Now()
	w := newWorld(options{mptcp: mptcp.Config{PathManager: "none"}})
	for _, id := range w.links {
		check(t, w.net.SetRate(id, 0))
	}
	done, calls, events := 0, 0, 0
	serve := func(s *sockapi.Socket) func(p *sim.Proc) error {
		return func(p *sim.Proc) error {
			b := make([]byte, size)
			for {
				_, err := s.Recv(p, b, sockapi.MsgWaitAll, true)
				if err == io.EOF {
					done++
					return s.Close()
				}
				check(t, err)
				_, err = s.Send(p, b, 0, true)
				check(t, err)
				calls += 2
			}
		}
	}
	w.process(t, "accept", func(p *sim.Proc) error {
		l := w.server.Socket(sockapi.MPTCP)
		check(t, l.Bind(wire.Addr{}, port))
		check(t, l.Listen(1))
		for i := range connections {
			s, err := l.Accept(p, true)
			if err != nil {
				return err
			}
			w.process(t, fmt.Sprint("server", i), serve(s))
		}
		return nil
	})
	ask := func(p *sim.Proc) error {
		s := w.client.Socket(sockapi.MPTCP)
		check(t, s.Subscribe(sockapi.AllEvents, 0))
		if err := s.Connect(p, w.local, w.remote, port, true); err != nil {
			return err
		}
		for range 2 { // tried, created
			e, err := s.RecvEventUntil(p, p.Now().Add(unit.Second))
			if err != nil {
				return fmt.Errorf("%v: %w", e, err)
			}
			events++
		}
		b := make([]byte, size)
		for range messages {
			check(t, p.Sleep(ms))
			_, err := s.Send(p, b, 0, true)
			check(t, err)
			_, err = s.Recv(p, b, sockapi.MsgWaitAll, true)
			check(t, err)
			calls += 3
		}
		check(t, p.Sleep(unit.Second))
		done++
		return s.Close()
	}
	for i := range connections {
		w.process(t, fmt.Sprint("client", i), ask)
	}
	w.Run(sim.Time(unit.Second)) // all sockets live
	if done != 0 || calls != connections*messages*5 {
		t.Errorf("%d sockets closed, %d calls", done, calls)
	}
	perSocket := int64(memory()-before) / (2 * connections)
	ran := time.Since(start)
	w.Run(sim.Time(10 * unit.Second))
	if done != 2*connections || events != 2*connections {
		t.Errorf("%d sockets have come to their end, %d events", done, events)
	}
	w.Close()
	t.Logf("%d calls, %d events of the world, %v of wall time, %d octets a socket with its process and its end of "+
		"the connection", calls, w.Stats().Events, ran.Round(time.Millisecond), perSocket)
	if perSocket > 32<<10 {
		t.Errorf("%d octets a socket", perSocket)
	}
}
