package script

import (
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/mptcp/sched"
	"mpsim/sim"
	"mpsim/sim/unit"
)

const ms = unit.Millisecond

// shipped compiles a script of testdata.
func shipped(t testing.TB, name string) *Program {
	t.Helper()
	path := "testdata/plug/" + name + ".star"
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return compiled(t, name+".star", string(src))
}

func compiled(t testing.TB, name, src string) *Program {
	t.Helper()
	p, err := Compile(name, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// scripted makes schedulers of a script whose errors fail the test.
func scripted(t testing.TB, p *Program, args ...Arg) func() sched.Scheduler {
	t.Helper()
	f, err := Scheduler(p, PlugConfig{Args: args, Error: func(err *Error) { t.Fatal(err.Backtrace()) }})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// randomViews draws subflows; those of the call before may be among them, elsewhere in the order.
func randomViews(t *rapid.T) []sched.View {
	n := rapid.IntRange(0, 6).Draw(t, "subflows")
	first := rapid.Uint32Range(0, 3).Draw(t, "first")
	views := make([]sched.View, n)
	for i := range views {
		views[i] = sched.View{
			ID:   first + uint32(i),
			SRTT: rapid.SampledFrom([]unit.Duration{0, 10 * ms, 20 * ms, 30 * ms}).Draw(t, "srtt"), RTTVar: ms,
			Room: rapid.SampledFrom([]int64{0, 1, 1000}).Draw(t, "room"), MSS: 1000, Cwnd: 10000,
			Backup: rapid.Bool().Draw(t, "backup"), Stale: rapid.IntRange(0, 3).Draw(t, "stale") == 0,
			Usable: rapid.IntRange(0, 3).Draw(t, "usable") > 0,
		}
	}
	return rapid.Permutation(views).Draw(t, "order")
}

// TestPlugSameAsBuiltIn: minrtt and round robin as scripts pick as those in Go do, call by call.
func TestPlugSameAsBuiltIn(t *testing.T) {
	for _, name := range []string{"minrtt", "roundrobin"} {
		t.Run(name, func(t *testing.T) {
			factory := scripted(t, shipped(t, name))
			rapid.Check(t, func(t *rapid.T) {
				own := factory()
				other, err := sched.New(name)
				if err != nil {
					t.Fatal(err)
				}
				for i := range 20 {
					views := randomViews(t)
					want := sched.Want{Unsent: 5000, SendWindow: 1 << 20,
						Reinject: rapid.Bool().Draw(t, "reinject"), From: rapid.Uint32Range(0, 8).Draw(t, "from")}
					before := slices.Clone(views)
					a, b := own.Pick(sim.Time(i), views, want), other.Pick(sim.Time(i), views, want)
					if a != b {
						t.Fatalf("call %d of %+v, %+v: the script picked %d, package sched %d", i, views, want, a, b)
					}
					if !slices.Equal(before, views) {
						t.Fatal("views changed")
					}
				}
			})
		})
	}
}

// TestPlugAlwaysValid: whatever an idea picks has room and is usable.
func TestPlugAlwaysValid(t *testing.T) {
	for _, name := range []string{"ecf", "threshold", "redundant"} {
		t.Run(name, func(t *testing.T) {
			factory := scripted(t, shipped(t, name), Arg{Name: "factor", Value: 1.5})
			rapid.Check(t, func(t *rapid.T) {
				own := factory()
				for i := range 20 {
					views := randomViews(t)
					n := own.Pick(sim.Time(i), views, sched.Want{Unsent: 5000, SendWindow: 1 << 20})
					if n >= 0 && (!views[n].Usable || views[n].Room <= 0) {
						t.Fatalf("picked %+v", views[n])
					}
				}
			})
		})
	}
}

func view(id uint32, srtt unit.Duration, room int64) sched.View {
	return sched.View{ID: id, SRTT: srtt, RTTVar: srtt / 8, Room: room, MSS: 1000, Cwnd: 10_000, Usable: true}
}

// TestECF: the slower subflow waits where little is left, and helps where much is.
func TestECF(t *testing.T) {
	factory := scripted(t, shipped(t, "ecf"))
	views := []sched.View{view(0, 10*ms, 0), view(1, 200*ms, 1000)}
	for _, test := range []struct {
		unsent int64
		pick   int
	}{{1000, -1}, {20_000, -1}, {1_000_000, 1}} {
		if got := factory().Pick(0, views, sched.Want{Unsent: test.unsent}); got != test.pick {
			t.Errorf("%d octets left: picked %d, want %d", test.unsent, got, test.pick)
		}
	}
}

// TestPlugPicks: what pick may return, and that state is a connection's own.
func TestPlugPicks(t *testing.T) {
	views := []sched.View{view(7, 10*ms, 0), {ID: 8}, view(9, 200*ms, 1000)}
	for _, test := range []struct {
		name, body string
		picks      []int
	}{
		{"None", "return None", []int{-1}},
		{"nothing", "pass", []int{-1}},
		{"index", "return 1", []int{2}},
		{"subflow", "return subflows[-1]", []int{2}},
		{"without room", "return subflows[0]", []int{-1}},
		{"all", "return subflows", []int{2}},
		{"list", "return [None, subflows[1], 0]", []int{2}},
		{"nothing of a list", "return []", []int{-1}},
		{"state", `n = want.state.get("n", 0); want.state["n"] = n + 1; return n % 2`, []int{-1, 2, -1, 2}},
		{"state of subflows", `f = subflows[1]; f.state["n"] = f.state.get("n", 0) + 1; return f.state["n"] % 2`,
			[]int{2, -1, 2}},
		{"loops in loops", `
    n = 0
    for a in subflows:
        for b in subflows:
            for c in subflows:
                for d in subflows:
                    for e in subflows:
                        for f in subflows:
                            n += a.id + f.id
    return 1 if n == 64 * 16 else None`, []int{2}},
		{"found again", `
    want.state.setdefault("f", subflows[1])
    return want.state["f"] if want.state["f"] == subflows[1] and {want.state["f"]: 1}[subflows[1]] else None`,
			[]int{2, 2}},
	} {
		factory := scripted(t, compiled(t, "p.star", "def pick(subflows, want):\n    "+test.body))
		for range 2 {
			s := factory()
			for i, pick := range test.picks {
				if got := s.Pick(0, views, sched.Want{Unsent: 1}); got != pick {
					t.Errorf("%s: call %d picked %d, want %d", test.name, i, got, pick)
				}
			}
		}
	}
}

// TestPlugCopies: of a list the first with room is picked and the others with room have copies, for one call.
func TestPlugCopies(t *testing.T) {
	s := scripted(t, compiled(t, "r.star", `
def pick(subflows, want):
    return sorted(subflows, key = lambda f: f.srtt) if want.unsent > 1 else 0
`))().(sched.Copier)
	views := []sched.View{view(0, 30*ms, 1), {ID: 1}, view(2, 10*ms, 0), view(3, 20*ms, 1), view(4, 40*ms, 1)}
	if got := s.Pick(0, views, sched.Want{Unsent: 2}); got != 3 || !slices.Equal(s.Copies(), []int{0, 4}) {
		t.Errorf("picked %d with copies on %v", got, s.Copies())
	}
	if got := s.Pick(0, views, sched.Want{Unsent: 1}); got != 0 || len(s.Copies()) > 0 {
		t.Errorf("picked %d with copies on %v", got, s.Copies())
	}
}

// TestPlugSubflowsComeAndGo: the state of a subflow that is gone is forgotten in the end; picks follow the
// order.
func TestPlugSubflowsComeAndGo(t *testing.T) {
	s := scripted(t, compiled(t, "p.star", `
def pick(subflows, want):
    for f in subflows:
        f.state["seen"] = f.state.get("seen", 0) + 1
    return max(subflows, key = lambda f: f.state["seen"])
`))().(*scheduler)
	for i := uint32(0); i < 1000; i++ {
		views := []sched.View{view(i, ms, 1000), view(i+1, ms, 1000), view(i+2, ms, 1000)}
		if got := s.Pick(0, views, sched.Want{Unsent: 1}); got != 0 {
			t.Fatalf("call %d: picked %d, want the oldest", i, got)
		}
	}
	if n := len(s.views.known); n > 64 {
		t.Errorf("%d subflows are remembered", n)
	}
}

// TestPlugEager: the flag makes a sched.Eager.
func TestPlugEager(t *testing.T) {
	for src, want := range map[string]bool{
		"eager = True\n": true, "eager = False\n": false, "": false,
	} {
		s := scripted(t, compiled(t, "p.star", src+"def pick(s, w):\n    return 0\n"))()
		if _, ok := s.(sched.Eager); ok != want {
			t.Errorf("%q: eager %v", src, ok)
		}
		if s.Name() != "script:p.star" {
			t.Errorf("name %q", s.Name())
		}
	}
}

func BenchmarkPick(b *testing.B) {
	for _, n := range []int{2, 8} {
		var views []sched.View
		for i := range n {
			views = append(views, view(uint32(i), unit.Duration(n-i)*10*ms, 1000))
		}
		for _, name := range []string{"minrtt", "roundrobin", "ecf"} {
			b.Run(name+"/"+string(rune('0'+n)), func(b *testing.B) {
				s := scripted(b, shipped(b, name))()
				b.ReportAllocs()
				for b.Loop() {
					s.Pick(0, views, sched.Want{Unsent: 1 << 20})
				}
			})
		}
		b.Run("one/"+string(rune('0'+n)), func(b *testing.B) {
			s := scripted(b, compiled(b, "one.star", "def pick(subflows, want):\n    return 0\n"))()
			b.ReportAllocs()
			for b.Loop() {
				s.Pick(0, views, sched.Want{Unsent: 1 << 20})
			}
		})
	}
}
