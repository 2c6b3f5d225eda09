package build

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpsim/scenarios"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// outcome is what the shipped scenarios of the folders middlebox and attack promise in their header.
type outcome struct {
	name     string
	sets     []string
	octets   int64 // that the application receives; -1: it finds its stream corrupt
	fallback bool  // the first connection is plain TCP at the end
	subflows int64 // that the phone opened in all; 0: any number
	both     bool  // two paths carry a tenth of the octets or more
	box      string
	// counts are counters of box with their least and greatest value.
	counts map[string][2]int64
}

const most = 1 << 40

var outcomes = []outcome{
	{name: "middlebox/option-stripped", octets: 4e6, fallback: true, subflows: 1, box: "wifi.option-remover",
		counts: map[string][2]int64{"modified_packets": {1, 3}}},
	{name: "middlebox/join-stripped", octets: 4e6, box: "lte.option-remover",
		counts: map[string][2]int64{"modified_packets": {1, most}}},
	{name: "middlebox/data-stripped", octets: 4e6, fallback: true, subflows: 1, box: "wifi.option-remover",
		counts: map[string][2]int64{"modified_packets": {1, most}}},
	{name: "middlebox/nat", octets: 4e6, subflows: 2, both: true, box: "lte.nat",
		counts: map[string][2]int64{"events": {1, 1}, "dropped_unsolicited_packets": {0, 0},
			"modified_packets": {1000, most}}},
	{name: "middlebox/firewall", octets: 4e6, subflows: 2, both: true, box: "wifi.firewall",
		counts: map[string][2]int64{"dropped_unsolicited_packets": {1, most}, "dropped_invalid_packets": {0, 0}}},
	{name: "middlebox/sequence-rewriter", octets: 4e6, subflows: 2, both: true, box: "wifi.sequence-rewriter",
		counts: map[string][2]int64{"modified_packets": {1000, most}}},
	{name: "middlebox/split", octets: 4e6, subflows: 2, both: true, box: "lte.splitter",
		counts: map[string][2]int64{"made_packets": {1000, most}}},
	{name: "middlebox/payload-rewriter", octets: 4e6, box: "wifi.payload-rewriter",
		counts: map[string][2]int64{"events": {1, 1}}},
	{name: "middlebox/payload-rewriter", sets: []string{"hosts.phone.mptcp.checksum=false"}, octets: -1,
		box: "wifi.payload-rewriter", counts: map[string][2]int64{"events": {1, 1}}},
	{name: "middlebox/proxy", octets: 4e6, fallback: true, subflows: 1, box: "wifi.proxy",
		counts: map[string][2]int64{"events": {1, most}, "held_packets": {0, 0}}},
	{name: "middlebox/resetter", octets: 4e6, box: "wifi.resetter",
		counts: map[string][2]int64{"events": {1, most}, "made_packets": {2, most}}},
	{name: "middlebox/window-limiter", octets: 4e6, subflows: 2, both: true, box: "wifi.window-limiter",
		counts: map[string][2]int64{"modified_packets": {100, most}}},
	{name: "middlebox/imc-2011", octets: 4e6},

	{name: "attack/address-hijack-v0", octets: 4e6, box: "evil.address-hijacker",
		counts: map[string][2]int64{"succeeded": {1, 1}, "events": {2e6, most}}},
	{name: "attack/address-hijack-v1", octets: 4e6, subflows: 1, box: "evil.address-hijacker",
		counts: map[string][2]int64{"attempts": {100, 100}, "answered": {0, 0}, "succeeded": {0, 0},
			"events": {0, 0}}},
	{name: "attack/join-guess", octets: 4e6, subflows: 1, box: "evil.join-guesser",
		counts: map[string][2]int64{"attempts": {1000, 1000}, "refused": {1000, 1000}, "succeeded": {0, 0}}},
	{name: "attack/join-guess", sets: []string{"links.evil.middleboxes.0.knows=all"}, octets: 4e6,
		box:    "evil.join-guesser",
		counts: map[string][2]int64{"answered": {8, 8}, "refused": {992, 992}, "succeeded": {8, 8}}},
	{name: "attack/join-guess", sets: []string{"links.evil.middleboxes.0.knows=token"}, octets: 4e6,
		subflows: 1, box: "evil.join-guesser",
		counts: map[string][2]int64{"answered": {1000, 1000}, "refused": {1000, 1000}, "succeeded": {0, 0}}},
	{name: "attack/join-replay", octets: 4e6, subflows: 2, box: "evil.join-replayer",
		counts: map[string][2]int64{"answered": {1, 20}, "refused": {20, most}, "succeeded": {0, 0}}},
	{name: "attack/join-flood", octets: 4e6, subflows: 2, both: true, box: "evil.join-flooder",
		counts: map[string][2]int64{"attempts": {5000, 5000}, "answered": {1, 100}, "succeeded": {0, 0}}},
	{name: "attack/corruption", octets: 4e6, box: "wifi.corrupter",
		counts: map[string][2]int64{"modified_packets": {1, most}}},
	{name: "attack/corruption", sets: []string{"hosts.phone.mptcp.checksum=false"}, octets: -1,
		box:    "wifi.corrupter",
		counts: map[string][2]int64{"modified_packets": {1, most}}},
	{name: "attack/injection-blind", octets: 4e6, subflows: 1, box: "wifi.data-injector",
		counts: map[string][2]int64{"events": {200, 200}}},
	{name: "attack/injection-on-path", octets: 4e6, box: "wifi.data-injector",
		counts: map[string][2]int64{"events": {1, most}}},
	{name: "attack/injection-on-path", sets: []string{"links.wifi.middleboxes.0.knows=all"}, octets: -1,
		box:    "wifi.data-injector",
		counts: map[string][2]int64{"events": {1, most}}},
}

// TestMiddleboxScenarios holds each shipped scenario of the folders middlebox and attack to its header.
func TestMiddleboxScenarios(t *testing.T) {
	held := map[string]bool{}
	for _, o := range outcomes {
		held[o.name] = true
		t.Run(strings.Join(append([]string{o.name}, o.sets...), " "), o.check)
	}
	for _, e := range scenarios.List() {
		folder, _, _ := strings.Cut(e.Name, "/")
		if (folder == "middlebox" || folder == "attack") && !held[e.Name] {
			t.Errorf("%s: nothing says what comes of it", e.Name)
		}
	}
}

func (o *outcome) check(t *testing.T) {
	w := run(t, load(t, o.name, o.sets...), Options{}, 30*unit.Second)
	s := w.Summary()
	app := s.Group(trace.GroupApplications).Records[0]
	status, _ := app.Get("status")
	failure, _ := app.Get("error")
	switch got := value(t, &app, "bytes_received"); {
	case o.octets >= 0 && (got != o.octets || status.Text != "finished"):
		t.Errorf("the application is %s after %d octets: %s", status.Text, got, failure.Text)
	case o.octets < 0 && !strings.Contains(failure.Text, "corrupt"):
		t.Errorf("the application did not find its stream corrupt: %s, %s", status.Text, failure.Text)
	}
	conn := s.Group(trace.GroupConnections).Records[0]
	if f, _ := conn.Get("fallback"); f.Int == 1 != o.fallback {
		t.Errorf("fallback is %v", f.Int == 1)
	}
	if n := value(t, &conn, "subflows_total"); o.subflows > 0 && n != o.subflows {
		t.Errorf("the phone had %d subflows, want %d", n, o.subflows)
	}
	if o.both {
		for i := range 2 {
			f := s.Group(trace.GroupSubflows).Records[i]
			if n := value(t, &f, "bytes_delivered"); n < o.octets/10 {
				t.Errorf("subflow %d delivered %d octets", i, n)
			}
		}
	}
	if o.box != "" {
		box := find(t, s, groupMiddleboxes, map[string]string{"middlebox": o.box})
		for key, limits := range o.counts {
			if n := value(t, box, key); n < limits[0] || n > limits[1] {
				t.Errorf("%s of %s is %d, want %d to %d", key, o.box, n, limits[0], limits[1])
			}
		}
	}
	checkBoxes(t, w)
}

// TestStudy2011 runs the mix over many seeds: every octet arrives whatever boxes a path has, and the share of
// paths that each is on is the one that was measured.
func TestStudy2011(t *testing.T) {
	const seeds = 150
	affected := map[string]int64{}
	for seed := range seeds {
		w := run(t, load(t, "middlebox/imc-2011", fmt.Sprint("seed=", seed), "applications.transfer.bytes=200 kB"),
			Options{}, 20*unit.Second)
		app := w.Summary().Group(trace.GroupApplications).Records[0]
		if n := value(t, &app, "bytes_received"); n != 200_000 {
			t.Errorf("seed %d: %d octets received", seed, n)
		}
		for _, r := range w.Summary().Group(groupMiddleboxes).Records {
			name, _ := r.Get("middlebox")
			if link, _ := r.Get("link"); link.Text == "wifi" {
				affected[name.Text] += value(t, &r, "connections_affected")
			}
		}
	}
	for name, percent := range map[string]int64{"option-remover": 14, "sequence-rewriter": 18,
		"hole-blocker": 11, "ack-checker": 33} {
		got := affected["wifi.imc-2011."+name]
		if want := seeds * percent / 100; got < want/2 || got > want*3/2 { // four standard deviations or so
			t.Errorf("%s affected %d of %d connections, want about %d", name, got, seeds, want)
		}
	}
}

// A NAT's public end names the same connection at both hosts.
func TestNATKeepsOneConnectionNumber(t *testing.T) {
	w := run(t, load(t, "middlebox/nat"), Options{}, 5*unit.Second)
	numbers := map[int64]bool{}
	for _, r := range w.Summary().Group(trace.GroupConnections).Records {
		numbers[value(t, &r, "connection")] = true
	}
	if len(numbers) != 1 {
		t.Errorf("one connection has the numbers %v", numbers)
	}
}

// What boxes do is in the events, and recording it changes nothing.
func TestMiddleboxEvents(t *testing.T) {
	series := trace.NewSeries()
	w := run(t, load(t, "attack/address-hijack-v0"), Options{Series: series}, 5*unit.Second)
	bare := run(t, load(t, "attack/address-hijack-v0"), Options{}, 5*unit.Second)
	if w.Digest() != bare.Digest() {
		t.Error("recording changes the digest")
	}
	const want = "evil.address-hijacker: attack succeeded"
	if words := series.Events.Words(series.Events.Index("detail")); !slices.Contains(words, want) {
		t.Errorf("no event tells that the attack succeeded: %q", words)
	}
}
