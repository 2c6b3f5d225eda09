package sockapi_test

import (
	"errors"
	"slices"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"

	"pgregory.net/rapid"
)

// subModel is what a list of subflows has to say after each command.
type subModel struct {
	ids    []uint8 // in order of opening
	next   uint8
	last   uint32 // number never used again
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
func (m *subModel) check(t *rapid.T, s *sockapi.Socket) {
	got := must(s.SubIDs())
	if len(got) != len(m.ids) {
		t.Fatalf("subflows %+v, want %v", got, m.ids)
	}
	for i, id := range m.ids {
		if got[i].ID != id || got[i].LowPrioOwn != m.backup[id] || i > 0 && got[i].UID <= got[i-1].UID {
			t.Fatalf("subflow %d is %+v, want %d, backup %t", i, got[i], id, m.backup[id])
		}
		m.last = max(m.last, got[i].UID)
	}
}

// TestSoak has an application open, close and rank subflows at random while it sends: the list is always what the
// commands make of it, and every octet arrives.
func TestSoak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newAPIWorld(apiOptions{maxSubflows: 255})
		read, bad := 0, false
		w.serve(func(p *sim.Proc, s *sockapi.Socket) {
			must(s.Recv(p, make([]byte, 5), sockapi.MsgWaitAll, true))
			must(s.Send(p, []byte("welcome"), 0, true))
			b := make([]byte, 50_000)
			for {
				n, err := s.Recv(p, b, 0, true)
				for i := range b[:n] {
					bad = bad || b[i] != byte((read+i)*7)
				}
				if read += n; err != nil {
					return
				}
			}
		})
		sent := 0
		end := w.Go(w.Component("client"), "client", func(p *sim.Proc) {
			s := w.connect(p)
			m := &subModel{next: 1, backup: map[uint8]bool{}}
			m.take()
			for range rapid.IntRange(1, 40).Draw(t, "commands") {
				m.step(t, p, w, s)
				if room := rapid.IntRange(0, 30_000).Draw(t, "octets"); room > 0 {
					b := make([]byte, room)
					for i := range b {
						b[i] = byte((sent + i) * 7)
					}
					n, err := s.Send(p, b, 0, false)
					if sent += n; err != nil && err != sockapi.EAGAIN {
						t.Fatal(err)
					}
				}
			}
			if len(m.ids) == 0 || slices.IndexFunc(m.ids, func(id uint8) bool { return !m.backup[id] }) < 0 {
				must(s.OpenSub(over(w.cell)))
			}
			pause(p, 20*unit.Second)
			_ = s.Shutdown(false, true)
			pause(p, 5*unit.Second)
			_ = s.Close()
		})
		w.Run(sim.Time(300 * unit.Second))
		if w.Close(); !end.Ended() || read != sent || bad {
			t.Fatalf("%d of %d octets arrived, wrong ones: %t", read, sent, bad)
		}
	})
}

// step is one command, and a pause in which no subflow ends by itself.
func (m *subModel) step(t *rapid.T, p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
	locals := []wire.Addr{w.wifi, w.cell, {}}
	switch rapid.SampledFrom([]string{"open", "open", "close", "prio", "unknown", "sleep"}).Draw(t, "command") {
	case "open":
		r := over(rapid.SampledFrom(locals).Draw(t, "local"))
		r.Backup = rapid.Bool().Draw(t, "backup")
		id, err := s.OpenSub(r)
		if len(m.ids) == 31 {
			if !errors.Is(err, sockapi.EPERM) {
				t.Fatalf("the 32nd: %v", err)
			}
		} else if want := m.take(); err != nil || id != want {
			t.Fatalf("opened %d, %v, want %d", id, err, want)
		} else if r.Backup {
			m.backup[id] = true
		}
	case "close":
		if len(m.ids) == 0 {
			return
		}
		id := rapid.SampledFrom(m.ids).Draw(t, "id")
		how := rapid.SampledFrom([]sockapi.How{sockapi.Reset, sockapi.Silent}).Draw(t, "how")
		if err := s.CloseSub(id, how); err != nil {
			t.Fatal(err)
		}
		m.drop(id)
	case "prio":
		if len(m.ids) == 0 {
			return
		}
		id, backup := rapid.SampledFrom(m.ids).Draw(t, "id"), rapid.Bool().Draw(t, "backup")
		if err := s.SubPrio(id, backup); err != nil {
			t.Fatal(err)
		}
		m.backup[id] = backup
	case "unknown":
		id := rapid.Uint8().Draw(t, "id")
		if _, err := s.SubTuple(id); (err == sockapi.EINVAL) == slices.Contains(m.ids, id) {
			t.Fatalf("subflow %d of %v: %v", id, m.ids, err)
		}
	case "sleep":
		pause(p, unit.Duration(rapid.IntRange(1, 300).Draw(t, "ms"))*ms)
	}
	m.check(t, s)
}
