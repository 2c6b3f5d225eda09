package build

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpsim/scenarios"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// ran is a run of a scenario of the folder api under some settings.
type ran struct {
	t *testing.T
	s *trace.Summary
}

func runAPI(t *testing.T, name string, seed int, sets ...string) ran {
	t.Helper()
	spec := load(t, "api/"+name, append([]string{fmt.Sprint("seed=", seed)}, sets...)...)
	w := run(t, spec, Options{}, spec.Duration)
	if err := w.ScriptErrors().Err(); err != nil {
		t.Errorf("%s, seed %d: %v", name, seed, err)
	}
	return ran{t, w.Summary()}
}

// result is what an application said with result(); ok is false if it did not.
func (r ran) result(application, key string) (v int64, ok bool) {
	r.t.Helper()
	rec := find(r.t, r.s, trace.GroupApplications, map[string]string{"application": application})
	f, ok := rec.Get(key)
	return f.Int, ok
}

// must is result that has to be there.
func (r ran) must(application, key string) int64 {
	r.t.Helper()
	v, ok := r.result(application, key)
	if !ok {
		r.t.Errorf("application %s has no %s", application, key)
	}
	return v
}

// column has the values of a table that scripts have written with record(), in rising order, without those
// that are None.
func (r ran) column(table, key string) []int64 {
	r.t.Helper()
	var all []int64
	for i := range r.s.Group(table).Records {
		if f, _ := r.s.Group(table).Records[i].Get(key); f.Kind == trace.NullValue {
			continue
		}
		all = append(all, value(r.t, &r.s.Group(table).Records[i], key))
	}
	slices.Sort(all)
	return all
}

// TestAPIScenariosRun: each shipped scenario of the socket API runs as it stands, and its scripts end well.
func TestAPIScenariosRun(t *testing.T) {
	for _, e := range scenarios.List() {
		if name, ok := strings.CutPrefix(e.Name, "api/"); ok {
			t.Run(name, func(t *testing.T) { runAPI(t, name, 1) })
		}
	}
}

// TestWorkedExample: nothing passes over cellular soon after the application has moved to WiFi.
func TestWorkedExample(t *testing.T) {
	moves := runAPI(t, "worked-example", 1)
	if n := moves.must("phone", "received"); n != 20e6 {
		t.Errorf("%d octets received", n)
	}
	if n := moves.must("phone", "over_cellular_bytes"); n > 1.2e6 {
		t.Errorf("%d octets over cellular, which carries 4 Mbit/s for two seconds", n)
	}
	stays := runAPI(t, "worked-example", 1, "applications.phone.args.handover=false")
	if n := stays.must("phone", "over_cellular_bytes"); n < 20e6 {
		t.Errorf("without the script %d octets over cellular", n)
	}
}

// TestRefresh: files with refreshed subflows take little longer than with all four paths, and never as long
// as with an unlucky choice that stays.
func TestRefresh(t *testing.T) {
	stay := "applications.client.args.refresh=false"
	var refreshed, stayed []int64
	for seed := range 8 {
		refreshed = append(refreshed, runAPI(t, "refresh", seed+1).column("file", "completion_ns")...)
		stayed = append(stayed, runAPI(t, "refresh", seed+1, stay).column("file", "completion_ns")...)
	}
	four := runAPI(t, "refresh", 1, stay, "applications.client.args.subflows=4", "routing.kind=source-distinct").
		column("file", "completion_ns")[0]
	slices.Sort(refreshed)
	slices.Sort(stayed)
	if m := refreshed[len(refreshed)/2]; m > four*12/10 {
		t.Errorf("median with refreshing %v, with all four paths %v", unit.Duration(m), unit.Duration(four))
	}
	if m, n := stayed[len(stayed)-2], refreshed[len(refreshed)-2]; m < n*12/10 {
		t.Errorf("the second longest takes %v without refreshing, %v with it", unit.Duration(m), unit.Duration(n))
	}
}

// TestDistinctPaths: how many of four paths five subflows with ports of their own hit, against the exact
// probabilities: 4, 180, 600 and 240 of 1024 ways.
func TestDistinctPaths(t *testing.T) {
	const seeds = 400
	var hit [5]int
	for seed := range seeds {
		r := runAPI(t, "refresh", seed, "applications.client.args.refresh=false", "duration=600ms",
			"applications.client.args.bytes=3 MB")
		n := 0
		for _, path := range []string{"a", "b", "c", "d"} {
			l := find(t, r.s, trace.GroupLinks, map[string]string{"link": path + ".forward"})
			if value(t, l, "delivered_packets") > 0 {
				n++
			}
		}
		hit[n]++
	}
	x := 0.0
	for k, ways := range []float64{4, 180, 600, 240} {
		want := ways / 1024 * seeds
		d := float64(hit[k+1]) - want
		x += d * d / want
	}
	t.Logf("1, 2, 3 and 4 paths: %v of %d runs, chi-square %.1f", hit[1:], seeds, x)
	if x > 16.3 { // once in a thousand times with three degrees of freedom
		t.Errorf("1, 2, 3 and 4 paths were hit in %v of %d runs: chi-square %.1f", hit[1:], seeds, x)
	}
}

// TestSmartBackup: the script leaves the lossy path at the first timeout beyond its threshold, and the file
// arrives in the time that LTE needs; a backup that waits for the primary to fail does not help for minutes.
func TestSmartBackup(t *testing.T) {
	for seed := range 5 {
		r := runAPI(t, "smart-backup", seed)
		if at := unit.Duration(r.must("phone", "switched_ns")); at > 15*unit.Second {
			t.Errorf("seed %d: switched at %v", seed, at)
		}
		if d := unit.Duration(r.column("file", "completion_ns")[0]); d > 40*unit.Second {
			t.Errorf("seed %d: complete after %v", seed, d)
		}
	}
	for _, manager := range []string{"fullmesh", "single-path"} {
		r := runAPI(t, "smart-backup", 1, "applications.phone.args.smart=false",
			"hosts.phone.mptcp.path-manager="+manager,
			"hosts.phone.mptcp.stale-rtos=never", "duration=180s", "applications.server.args.patience=179s")
		if n := r.column("file", "received")[0]; n > 3e6 {
			t.Errorf("%s: %d octets arrived in three minutes without the script", manager, n)
		}
		if d := r.column("file", "completion_ns"); len(d) > 0 {
			t.Errorf("%s: complete at %v with a part of the file", manager, unit.Duration(d[0]))
		}
	}
}

// TestSmartStreaming: with the script 95 of 100 blocks are there within a second, with a full mesh they are
// not.
func TestSmartStreaming(t *testing.T) {
	mesh := []string{"applications.server.args.smart=false", "hosts.server.mptcp.path-manager=fullmesh"}
	worst := unit.Duration(0)
	for _, loss := range []string{"10%", "20%", "30%", "40%"} {
		for seed := range 3 {
			set := "links.first.timetable.0.loss=" + loss
			smart := unit.Duration(runAPI(t, "smart-streaming", seed, set).must("player", "p95_ns"))
			if smart > 1100*unit.Millisecond {
				t.Errorf("loss %s, seed %d: 95%% of blocks take %v", loss, seed, smart)
			}
			if v, ok := runAPI(t, "smart-streaming", seed, append(mesh, set)...).result("player", "p95_ns"); ok {
				worst = max(worst, unit.Duration(v))
			}
		}
	}
	if worst < 3*unit.Second {
		t.Errorf("95%% of blocks take %v at most with a full mesh: no tail", worst)
	}
}

// TestDeadline: the second path is opened only where the first would be late.
func TestDeadline(t *testing.T) {
	for _, test := range []struct {
		rate  string
		opens bool
	}{{"4 Mbit/s", true}, {"8 Mbit/s", false}} {
		r := runAPI(t, "deadline", 1, "links.wifi.rate="+test.rate)
		if d := unit.Duration(r.must("phone", "completed_ns")); d > 27*unit.Second {
			t.Errorf("%s: late: %v", test.rate, d)
		}
		if n := r.must("phone", "over_cellular_bytes"); n > 0 != test.opens {
			t.Errorf("%s: %d octets over cellular", test.rate, n)
		}
	}
}

// TestUserTimeout: the application hears of the dead subflow when the patience it gave it is over.
func TestUserTimeout(t *testing.T) {
	for _, patience := range []unit.Duration{500 * unit.Millisecond, 2 * unit.Second, 10 * unit.Second} {
		r := runAPI(t, "user-timeout", 1, fmt.Sprint("applications.phone.args.patience=", int64(patience), "ns"))
		told := unit.Duration(r.must("phone", "told_ns"))
		if told < patience-200*unit.Millisecond || told > patience+200*unit.Millisecond {
			t.Errorf("patience of %v: told after %v", patience, told)
		}
		if n := r.must("server", "received_bytes"); n != 10e6 {
			t.Errorf("patience of %v: %d octets received", patience, n)
		}
	}
}

// TestNATExpiry: a keepalive or a fresh subflow brings each message in one trip; without, some wait for
// minutes.
func TestNATExpiry(t *testing.T) {
	for keep, most := range map[string]unit.Duration{"keepalive": unit.Second, "refresh": unit.Second,
		"nothing": 0} {
		r := runAPI(t, "nat-expiry", 1, "applications.phone.args.keep="+keep)
		delays := r.column("message", "delay_ns")
		last := unit.Duration(delays[len(delays)-1])
		switch {
		case most > 0 && (len(delays) != 9 || last > most):
			t.Errorf("%s: %d messages, the slowest after %v", keep, len(delays), last)
		case most == 0 && last < 100*unit.Second:
			t.Errorf("%s: the slowest message after %v", keep, last)
		}
	}
}

// TestSoak: the stream is whole whatever happens to its subflows.
func TestSoak(t *testing.T) {
	for seed := range 4 {
		r := runAPI(t, "soak", seed, "applications.phone.args.churn=0.3", "applications.phone.args.bytes=10 MB",
			"applications.server.args.bytes=10 MB")
		if n := r.must("phone", "received_bytes"); n != 10e6 {
			t.Errorf("seed %d: %d octets received", seed, n)
		}
		if n := r.must("phone", "empty"); n == 0 {
			t.Errorf("seed %d: the connection was never without subflow", seed)
		}
	}
}

// TestInteractiveUpload: once moved, messages take one trip again.
func TestInteractiveUpload(t *testing.T) {
	for _, move := range []string{"make-before-break", "break-before-make"} {
		r := runAPI(t, "interactive-upload", 2, "applications.phone.args.move="+move)
		d := r.column("message", "delay_ns")
		if len(d) != 150 || unit.Duration(d[len(d)*9/10]) > 100*unit.Millisecond {
			t.Errorf("%s: %d messages, 90%% within %v", move, len(d), unit.Duration(d[len(d)*9/10]))
		}
	}
	r := runAPI(t, "interactive-upload", 2, "applications.phone.args.move=never")
	if d := r.column("message", "delay_ns"); len(d) == 150 && sim.Time(d[140]) < sim.Time(unit.Second) {
		t.Errorf("without the script 140 of 150 messages within %v", unit.Duration(d[140]))
	}
	if n := len(r.column("message", "number")); n != 150 {
		t.Errorf("without the script %d of 150 messages are in the table, those that never came included", n)
	}
}

// TestDelayedOpening: what is over within two seconds opens nothing.
func TestDelayedOpening(t *testing.T) {
	for bytes, subflows := range map[string]int64{"100 kB": 1, "10 MB": 2} {
		r := runAPI(t, "delayed-opening", 1, "applications.phone.args.bytes="+bytes)
		if n := r.must("phone", "subflows"); n != subflows {
			t.Errorf("%s: %d subflows", bytes, n)
		}
	}
}
