package sched

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim/unit"
)

const ms = unit.Millisecond

func view(id uint32, srtt unit.Duration, room int64) View {
	return View{ID: id, SRTT: srtt, Room: room, MSS: 1000, Cwnd: 10_000, Usable: true}
}

func backupOf(v View) View { v.Backup = true; return v }
func staleOf(v View) View  { v.Stale = true; return v }
func closed(v View) View   { v.Usable = false; return v }

func TestMinRTT(t *testing.T) {
	again := Want{Reinject: true, From: 0}
	tests := []struct {
		name  string
		views []View
		want  Want
		pick  int
	}{
		{"none", nil, Want{}, -1},
		{"lowest", []View{view(0, 30*ms, 1), view(1, 20*ms, 1)}, Want{}, 1},
		{"lowest is full", []View{view(0, 30*ms, 1), view(1, 20*ms, 0)}, Want{}, 0},
		{"all full", []View{view(0, 30*ms, 0), view(1, 20*ms, 0)}, Want{}, -1},
		{"tie: lowest ID", []View{view(2, 20*ms, 1), view(1, 20*ms, 1)}, Want{}, 1},
		{"unmeasured is last", []View{view(0, 0, 1), view(1, 900*ms, 1)}, Want{}, 1},
		{"unmeasured helps out", []View{view(0, 0, 1), view(1, 20*ms, 0)}, Want{}, 0},
		{"two unmeasured", []View{view(1, 0, 1), view(0, 0, 1)}, Want{}, 1},
		{"closed", []View{closed(view(0, 10*ms, 1)), view(1, 20*ms, 1)}, Want{}, 1},
		{"backup is spared", []View{view(0, 90*ms, 1), backupOf(view(1, 10*ms, 1))}, Want{}, 0},
		{"backup is spared, regular full", []View{view(0, 90*ms, 0), backupOf(view(1, 10*ms, 1))}, Want{}, -1},
		{"backup, regular closed", []View{closed(view(0, 90*ms, 1)), backupOf(view(1, 10*ms, 1))}, Want{}, 1},
		{"backup, regular stale", []View{staleOf(view(0, 9*ms, 1)), backupOf(view(1, 10*ms, 1))}, Want{}, 1},
		{"two backups", []View{backupOf(view(0, 30*ms, 1)), backupOf(view(1, 10*ms, 1))}, Want{}, 1},
		{"stale is last", []View{staleOf(view(0, 10*ms, 1)), view(1, 20*ms, 1)}, Want{}, 1},
		{"stale is last, the other full", []View{staleOf(view(0, 10*ms, 1)), view(1, 20*ms, 0)}, Want{}, -1},
		{"only stale", []View{staleOf(view(0, 30*ms, 1)), staleOf(view(1, 20*ms, 1))}, Want{}, 1},
		{
			"stale regular first", []View{staleOf(view(0, 30*ms, 1)), backupOf(staleOf(view(1, 20*ms, 1)))},
			Want{}, 0,
		},
		{"reinject elsewhere", []View{view(0, 10*ms, 1), view(1, 20*ms, 1)}, again, 1},
		{"reinject waits for the other", []View{view(0, 10*ms, 1), view(1, 20*ms, 0)}, again, -1},
		{"reinject on the only one", []View{view(0, 10*ms, 1), closed(view(1, 20*ms, 1))}, again, 0},
		{"reinject on the backup", []View{view(0, 10*ms, 1), backupOf(view(1, 20*ms, 1))}, again, 1},
		{"reinject from a closed one", []View{view(1, 30*ms, 1), view(2, 20*ms, 1)}, again, 1},
		{"From counts for reinjection only", []View{view(0, 10*ms, 1), view(1, 20*ms, 1)}, Want{From: 0}, 0},
	}
	for _, test := range tests {
		if got := (&minRTT{}).Pick(0, test.views, test.want); got != test.pick {
			t.Errorf("%s: picked %d, want %d", test.name, got, test.pick)
		}
	}
}

func TestRoundRobin(t *testing.T) {
	views := []View{
		view(4, 30*ms, 1000), view(1, 20*ms, 1000), view(2, 10*ms, 1000), backupOf(view(3, 5*ms, 1000)),
	}
	r := &roundRobin{}
	turn := func(want uint32) {
		t.Helper()
		if i := r.Pick(0, views, Want{}); i < 0 || views[i].ID != want {
			t.Errorf("picked index %d, want ID %d", i, want)
		}
	}
	turn(1)
	turn(2)
	turn(4)
	turn(1)
	views[2].Room = 0 // ID 2 loses its turn
	turn(4)
	views[2].Room = 1000
	turn(1)
	views = slices.Delete(views, 2, 3) // ID 2 is gone
	turn(4)
	views[0].Usable, views[1].Usable = false, false
	turn(3)
	views[0].Room, views[2].Room = 0, 0
	if got := r.Pick(0, views, Want{}); got != -1 {
		t.Errorf("picked %d without room", got)
	}
	views = []View{view(0, ms, 1000), view(1, ms, 1000)}
	for range 3 {
		if got := r.Pick(0, views, Want{Reinject: true, From: 1}); got != 0 {
			t.Errorf("reinjected on index %d", got)
		}
	}
}

func randomViews(t *rapid.T) []View {
	n := rapid.IntRange(0, 6).Draw(t, "subflows")
	views := make([]View, n)
	for i := range views {
		views[i] = View{
			ID: uint32(i), SRTT: rapid.SampledFrom([]unit.Duration{0, 10 * ms, 20 * ms, 30 * ms}).Draw(t, "srtt"),
			Room: rapid.SampledFrom([]int64{0, 1, 1000}).Draw(t, "room"), MSS: 1000,
			Backup: rapid.Bool().Draw(t, "backup"), Stale: rapid.IntRange(0, 3).Draw(t, "stale") == 0,
			Usable: rapid.IntRange(0, 3).Draw(t, "usable") > 0,
		}
	}
	return rapid.Permutation(views).Draw(t, "order")
}

// TestRules: a pick has room, is usable, is not the reinjection's origin beside another usable one, and is
// of the best class; nothing is picked only if nothing of that class has room.
func TestRules(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s, err := New(name)
				if err != nil || s.Name() != name {
					t.Fatal(name, err)
				}
				for range 5 {
					views := randomViews(t)
					want := Want{Reinject: rapid.Bool().Draw(t, "reinject"), From: rapid.Uint32Range(0, 5).Draw(t, "from")}
					before := slices.Clone(views)
					checkPick(t, views, want, s.Pick(0, views, want))
					if !slices.Equal(before, views) {
						t.Fatal("views changed")
					}
				}
			})
		})
	}
}

func checkPick(t *rapid.T, views []View, want Want, pick int) {
	others := 0
	for _, v := range views {
		if v.Usable && v.ID != want.From {
			others++
		}
	}
	candidate := func(v View) bool { return v.Usable && (!want.Reinject || others == 0 || v.ID != want.From) }
	rank := func(v View) int {
		r := 0
		if v.Backup {
			r++
		}
		if v.Stale {
			r += 2
		}
		return r
	}
	if pick >= 0 && (!candidate(views[pick]) || views[pick].Room <= 0) {
		t.Fatalf("picked %+v", views[pick])
	}
	best := 4
	for _, v := range views {
		if candidate(v) {
			best = min(best, rank(v))
		}
	}
	for _, v := range views {
		if pick < 0 && candidate(v) && rank(v) == best && v.Room > 0 {
			t.Fatalf("picked none beside %+v", v)
		}
	}
	if pick >= 0 && rank(views[pick]) != best {
		t.Fatalf("picked %+v of class %d, best is %d", views[pick], rank(views[pick]), best)
	}
}

// TestEager: where a single regular subflow has room Pick returns it, and Picked leaves what Pick leaves.
func TestEager(t *testing.T) {
	for _, name := range Names() {
		rapid.Check(t, func(t *rapid.T) {
			a, _ := New(name)
			b, _ := New(name)
			e, ok := b.(Eager)
			if !ok {
				t.Skip("not eager")
			}
			for range 10 {
				views := randomViews(t)
				only := -1
				for i := range views {
					views[i].Room = 0
					if v := &views[i]; v.Usable && !v.Backup && !v.Stale && only < 0 {
						only, v.Room = i, 1000
					}
				}
				if only < 0 {
					continue
				}
				if got := a.Pick(0, views, Want{}); got != only {
					t.Fatalf("%s: picked %d, want %d", name, got, only)
				}
				e.Picked(views[only].ID)
				for i := range views {
					views[i].Room = 1000
				}
				if x, y := a.Pick(0, views, Want{}), e.Pick(0, views, Want{}); x != y {
					t.Fatalf("%s: next pick is %d after Pick, %d after Picked", name, x, y)
				}
			}
		})
	}
}

// TestOrderDoesNotMatter: the same subflow whatever the order of the views.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		views := randomViews(t)
		want := Want{Reinject: rapid.Bool().Draw(t, "reinject"), From: rapid.Uint32Range(0, 5).Draw(t, "from")}
		last := rapid.Uint32Range(0, 6).Draw(t, "cursor")
		shuffled := rapid.Permutation(views).Draw(t, "other order")
		for _, pair := range [][2]Scheduler{
			{&minRTT{}, &minRTT{}}, {&roundRobin{last: last, picked: true}, &roundRobin{last: last, picked: true}},
		} {
			a, b := pair[0].Pick(0, views, want), pair[1].Pick(0, shuffled, want)
			if (a < 0) != (b < 0) || a >= 0 && views[a].ID != shuffled[b].ID {
				t.Fatalf("%s: picked %d of %+v but %d of %+v", pair[0].Name(), a, views, b, shuffled)
			}
		}
	})
}

// TestRoundRobinIsFair: over any number of picks, subflows with room differ by at most one.
func TestRoundRobinIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "subflows")
		var views []View
		for i := range n {
			views = append(views, view(uint32(i), ms, 1000))
		}
		r, counts := &roundRobin{}, make([]int, n)
		for range rapid.IntRange(0, 100).Draw(t, "picks") {
			counts[views[r.Pick(0, views, Want{})].ID]++
		}
		if slices.Max(counts)-slices.Min(counts) > 1 {
			t.Fatalf("turns %v", counts)
		}
	})
}

func TestNew(t *testing.T) {
	if _, err := New("blest2"); err == nil || err.Error() !=
		`scheduler "blest2": no such scheduler (have minrtt, roundrobin)` {
		t.Errorf("unknown name: %v", err)
	}
}

func TestNoAllocation(t *testing.T) {
	views := []View{view(0, 30*ms, 1000), view(1, 20*ms, 1000), backupOf(view(2, 10*ms, 1000))}
	for _, name := range Names() {
		s, _ := New(name)
		if n := testing.AllocsPerRun(100, func() { s.Pick(0, views, Want{Reinject: true}) }); n != 0 {
			t.Errorf("%s: %v allocations per pick", name, n)
		}
	}
}

func BenchmarkPick(b *testing.B) {
	views := []View{view(0, 30*ms, 1000), view(1, 20*ms, 1000), backupOf(view(2, 10*ms, 1000))}
	for _, name := range Names() {
		s, _ := New(name)
		b.Run(name, func(b *testing.B) {
			for range b.N {
				s.Pick(0, views, Want{})
			}
		})
	}
}
