package sockapi_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"

	"pgregory.net/rapid"
)

// soakStep is a command of the soak, drawn beforehand: what rapid throws must not pass through a process.
type soakStep struct {
	Command string
	Local   int // interface, 2: by routing
	Backup  bool
	Pick    int // of the subflows, or a number that may be none
	Silent  bool
	Sleep   int // ms
	Octets  int // to be sent afterwards
}

func drawStep(t *rapid.T) soakStep {
	return soakStep{
		Command: rapid.SampledFrom([]string{"open", "open", "close", "prio", "unknown", "sleep"}).Draw(t, "command"),
		Local:   rapid.IntRange(0, 2).Draw(t, "local"), Backup: rapid.Bool().Draw(t, "backup"),
		Pick: rapid.IntRange(0, 255).Draw(t, "pick"), Silent: rapid.Bool().Draw(t, "silent"),
		Sleep: rapid.IntRange(1, 300).Draw(t, "sleep"), Octets: rapid.IntRange(0, 30_000).Draw(t, "octets"),
	}
}

// subModel is what a list of subflows has to say after each command.
type subModel struct {
	ids    []uint8 // in order of opening
	next   uint8
	backup map[uint8]bool
}

func (m *subModel) take() uint8 {
	for i := range uint8(31) {
		if id := (m.next+i-1)%31 + 1; !slices.Contains(m.ids, id) {
			m.next = id%31 + 1
			m.ids = append(m.ids, id)
			return id
		}
	}
	return 0
}

func (m *subModel) drop(id uint8) {
	m.ids = slices.DeleteFunc(m.ids, func(x uint8) bool { return x == id })
	delete(m.backup, id)
}

// check compares the model with the socket.
func (m *subModel) check(s *sockapi.Socket) error {
	got, err := s.SubIDs()
	if err != nil || len(got) != len(m.ids) {
		return fmt.Errorf("subflows %+v, %v, want %v", got, err, m.ids)
	}
	for i, id := range m.ids {
		if got[i].ID != id || got[i].LowPrioOwn != m.backup[id] || i > 0 && got[i].UID <= got[i-1].UID {
			return fmt.Errorf("subflow %d is %+v, want %d, backup %t", i, got[i], id, m.backup[id])
		}
	}
	return nil
}

// do is one command; no subflow ends by itself meanwhile.
func (m *subModel) do(p *sim.Proc, w *apiWorld, s *sockapi.Socket, x soakStep) error {
	id := uint8(x.Pick)
	if len(m.ids) > 0 && x.Command != "unknown" {
		id = m.ids[x.Pick%len(m.ids)]
	}
	known := slices.Contains(m.ids, id)
	var err error
	switch x.Command {
	case "open":
		r := over([]wire.Addr{w.wifi, w.cell, {}}[x.Local])
		r.Backup = x.Backup
		got, failed := s.OpenSub(r)
		if len(m.ids) == 31 {
			if !errors.Is(failed, sockapi.EPERM) {
				return fmt.Errorf("the 32nd: %w", failed)
			}
		} else if want := m.take(); failed != nil || got != want {
			return fmt.Errorf("opened %d, %v, want %d", got, failed, want)
		} else if r.Backup {
			m.backup[got] = true
		}
	case "close":
		how := sockapi.Reset
		if x.Silent {
			how = sockapi.Silent
		}
		if err = s.CloseSub(id, how); err == nil {
			m.drop(id)
		}
	case "prio":
		if err = s.SubPrio(id, x.Backup); err == nil {
			m.backup[id] = x.Backup
		}
	case "unknown":
		_, err = s.SubTuple(id)
	case "sleep":
		pause(p, unit.Duration(x.Sleep)*ms)
	}
	if named := x.Command == "close" || x.Command == "prio" || x.Command == "unknown"; named &&
		(err == nil) != known || err != nil && !errors.Is(err, sockapi.EINVAL) {
		return fmt.Errorf("%s of subflow %d, known %t: %v", x.Command, id, known, err)
	}
	return m.check(s)
}

// TestSoak has an application open, close and rank subflows at random while it sends: the list is always what the
// commands make of it, and every octet arrives.
func TestSoak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 60).Draw(t, "steps")
		w := newAPIWorld(apiOptions{maxSubflows: 255})
		read, sent, wrong := 0, 0, false
		w.serve(func(p *sim.Proc, s *sockapi.Socket) {
			must(s.Recv(p, make([]byte, 5), sockapi.MsgWaitAll, true))
			must(s.Send(p, []byte("welcome"), 0, true))
			b := make([]byte, 50_000)
			for {
				n, err := s.Recv(p, b, 0, true)
				for i := range b[:n] {
					wrong = wrong || b[i] != byte((read+i)*7)
				}
				if read += n; err != nil {
					return
				}
			}
		})
		var failed error
		end := w.Go(w.Component("client"), "client", func(p *sim.Proc) {
			s := w.connect(p)
			m := &subModel{next: 1, backup: map[uint8]bool{}}
			m.take()
			for i, x := range steps {
				if err := m.do(p, w, s, x); err != nil && failed == nil {
					failed = fmt.Errorf("step %d: %w", i, err)
				}
				b := make([]byte, x.Octets)
				for i := range b {
					b[i] = byte((sent + i) * 7)
				}
				n, err := s.Send(p, b, 0, false)
				if sent += n; err != nil && err != sockapi.EAGAIN && failed == nil {
					failed = err
				}
			}
			if len(m.ids) == 0 {
				must(s.OpenSub(over(w.cell)))
			}
			pause(p, 20*unit.Second)
			_ = s.Shutdown(false, true)
			pause(p, 5*unit.Second)
			_ = s.Close()
		})
		w.Run(sim.Time(300 * unit.Second))
		if w.Close(); failed != nil || !end.Ended() || read != sent || wrong {
			t.Fatalf("%v; %d of %d octets arrived, wrong ones: %t", failed, read, sent, wrong)
		}
	})
}
