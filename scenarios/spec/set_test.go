package spec_test

import (
	"strings"
	"testing"

	"mpsim/scenarios"
	"mpsim/scenarios/spec"
	"mpsim/sim/unit"
)

// TestOverrides changes one value each time and looks at it.
func TestOverrides(t *testing.T) {
	data, err := scenarios.Get("handover/full")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sets []string
		ok   func(s *spec.Scenario) bool
	}{
		{[]string{"seed=7"}, func(s *spec.Scenario) bool { return s.Seed == 7 }},
		{[]string{"seed=7", "seed=8"}, func(s *spec.Scenario) bool { return s.Seed == 8 }},
		{[]string{"links.wifi.rate=1Mbps"}, func(s *spec.Scenario) bool {
			return s.Links[0].Forward.Rate == 1e6 && s.Links[0].Backward.Rate == 1e6
		}},
		{[]string{"links.wifi.backward.rate=1Mbps"}, func(s *spec.Scenario) bool {
			return s.Links[0].Forward.Rate == 8e6 && s.Links[0].Backward.Rate == 1e6
		}},
		{[]string{"applications.download.bytes=1 MB"}, func(s *spec.Scenario) bool {
			return s.Applications[0].Bytes == unit.MB
		}},
		{[]string{"applications.0.bytes=1 MB"}, func(s *spec.Scenario) bool {
			return s.Applications[0].Bytes == unit.MB
		}},
		{[]string{"hosts.phone.tcp.keepalive.idle=3s"}, func(s *spec.Scenario) bool {
			return s.Host("phone").TCP.Keepalive.Idle == 3*unit.Second // makes mappings on its way
		}},
		{[]string{"links.wifi.timetable=[{at: 1s, down: true}]"}, func(s *spec.Scenario) bool {
			return len(s.Links[0].Forward.Timetable) == 1
		}},
		{[]string{"links.wifi.timetable.1.at=12s"}, func(s *spec.Scenario) bool {
			return s.Links[0].Backward.Timetable[1].At == 12*unit.Second
		}},
		{[]string{"figures.0.marks.0.label=gone"}, func(s *spec.Scenario) bool {
			// The other figures have copies of an anchor.
			return s.Figures[0].Marks[0].Label == "gone" && s.Figures[1].Marks[0].Label != "gone"
		}},
		{[]string{"links.usb={between: [phone.usb, internet], rate: 1 Mbit/s}", "hosts.phone.interfaces.usb={}"},
			func(s *spec.Scenario) bool { return s.Links[3].Name == "usb" && len(s.Host("phone").Interfaces) == 3 }},
		{[]string{"hosts.phone.interfaces.lte.backup=true"}, func(s *spec.Scenario) bool {
			return s.Host("phone").Interfaces[1].Backup // lte: stands there without a value
		}},
	} {
		s, problems := spec.Load("full.yaml", data, c.sets)
		if problems != nil {
			t.Errorf("%v: %v", c.sets, problems)
		} else if !c.ok(s) {
			t.Errorf("%v has no effect:\n%s", c.sets, spec.Explain(s))
		}
	}
}

// TestOverrideRepairs: an override can supply what the file lacks, and hide what is wrong in it.
func TestOverrideRepairs(t *testing.T) {
	data, err := scenarios.Get("basics/one-link")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), "duration: 30s", "", 1)
	text = strings.Replace(text, "10 Mbit/s\n", "10M\n", 2)
	if _, problems := spec.Load("f.yaml", []byte(text), nil); len(problems) != 2 {
		t.Fatalf("the text should have two problems: %v", problems)
	}
	sets := []string{"duration=1s", "links.wire.rate=1 Mbit/s"}
	if _, problems := spec.Load("f.yaml", []byte(text), sets); problems != nil {
		t.Error(problems)
	}
}

// TestAnchors: expansion is bounded.
func TestAnchors(t *testing.T) {
	text := "x-a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for c := 'b'; c < 'j'; c++ {
		last := string(c - 1)
		text += "x-" + string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+last+", ", 9) + "*" + last + "]\n"
	}
	_, problems := spec.Load("bomb.yaml", []byte(text), nil)
	if len(problems) != 1 || !strings.Contains(problems.Error(), "too many values") {
		t.Errorf("problems: %v", problems)
	}
	_, problems = spec.Load("big.yaml", make([]byte, 2<<20), nil)
	if len(problems) != 1 || !strings.Contains(problems.Error(), "larger than 1 MiB") {
		t.Errorf("problems: %v", problems)
	}
}
