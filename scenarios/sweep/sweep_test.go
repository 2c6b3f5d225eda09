package sweep

import (
	"fmt"
	"strings"
	"testing"
)

func TestExpandOrderAndNames(t *testing.T) {
	var axes []Axis
	for _, s := range []string{"links.wifi.rate=8 Mbit/s,16 Mbit/s", "duration=10s",
		"a.scheduler=minrtt,roundrobin"} {
		a, err := ParseAxis(s)
		if err != nil {
			t.Fatal(err)
		}
		axes = append(axes, a)
	}
	seeds, err := ParseSeeds("1..2,7")
	if err != nil {
		t.Fatal(err)
	}
	runs, err := Expand(nil, axes, seeds)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, fmt.Sprintf("%s %d %s", r.Point, r.Seed, strings.Join(r.Sets, "; ")))
	}
	if len(got) != 12 {
		t.Fatalf("%d runs, want 12", len(got))
	}
	want := map[int]string{
		0:  "links.wifi.rate=8Mbit_s,a.scheduler=minrtt 1 links.wifi.rate=8 Mbit/s; duration=10s; a.scheduler=minrtt",
		2:  "links.wifi.rate=8Mbit_s,a.scheduler=minrtt 7 links.wifi.rate=8 Mbit/s; duration=10s; a.scheduler=minrtt",
		11: "links.wifi.rate=16Mbit_s,a.scheduler=roundrobin 7 links.wifi.rate=16 Mbit/s; duration=10s; a.scheduler=roundrobin",
	}
	for i, w := range want {
		if got[i] != w {
			t.Errorf("run %d:\n got %s\nwant %s", i, got[i], w)
		}
	}
}

// Values that a file system would not tell apart give points that it does.
func TestPointNamesDiffer(t *testing.T) {
	for _, c := range []struct {
		axis string
		want []string
	}{
		{"a=1/2,3", []string{"a=1_2", "a=3"}},
		{"a=x/y,x:y,z", []string{"a=x_y~", "a=x_y~", "a=z"}},
		{"a=8 Mbps,8Mbps", []string{"a=8Mbps~", "a=8Mbps~"}},
		{"a=Minrtt,minrtt", []string{"a=Minrtt~", "a=minrtt~"}},
		{"a=[1,2],{1,2}", []string{"a=_1_2_~", "a=_1_2_~"}},
		{"a=" + strings.Repeat("x", 300) + "," + strings.Repeat("x", 301), []string{"a=xxx", "a=xxx"}},
	} {
		a, err := ParseAxis(c.axis)
		if err != nil {
			t.Fatal(err)
		}
		runs, err := Expand(nil, []Axis{a, Values("b", []string{"b"}, []string{"1", "2"})}, []uint64{1})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i, r := range runs {
			if !strings.HasPrefix(r.Point, c.want[i/2]) {
				t.Errorf("axis %s: point %q, want %s...", c.axis, r.Point, c.want[i/2])
			}
			if strings.ContainsAny(r.Point, "/\\: ") || len(r.Point) > 255 || seen[strings.ToLower(r.Point)] {
				t.Errorf("axis %s: point %q is no name of its own", c.axis, r.Point)
			}
			seen[strings.ToLower(r.Point)] = true
		}
	}
}

func TestNoAxesIsOnePointCalledBase(t *testing.T) {
	runs, err := Expand(nil, nil, []uint64{5})
	if err != nil || len(runs) != 1 || runs[0].Point != "base" || runs[0].Seed != 5 {
		t.Fatalf("got %v, %v", runs, err)
	}
}

func TestValuesMayHoldCommasInsideBraces(t *testing.T) {
	a, err := ParseAxis("links.w.loss=0.1%,{gilbert-elliott: {good-to-bad: 1%, bad-to-good: 20%}}")
	if err != nil || len(a.Cases) != 2 {
		t.Fatalf("got %q, %v", a.Cases, err)
	}
}

func TestRefused(t *testing.T) {
	for _, s := range []string{"", "x", "=3", "a=", "a=1,,2", "a=1,1"} {
		if a, err := ParseAxis(s); err == nil {
			t.Errorf("axis %q gave %v", s, a)
		}
	}
	for _, s := range []string{"", "x", "3..1", "1..", "-1", "1,1", "1..3,2", "1..99999999999"} {
		if v, err := ParseSeeds(s); err == nil {
			t.Errorf("seeds %q gave %d seeds", s, len(v))
		}
	}
	a := func(value string) Axis { return Values("a", []string{"a"}, []string{value}) }
	if _, err := Expand(nil, []Axis{a("1"), a("2")}, []uint64{1}); err == nil {
		t.Error("an axis given twice was accepted")
	}
}

func TestPointOf(t *testing.T) {
	long := "a=" + strings.Repeat("x", 300)
	for _, c := range []struct {
		sets []string
		want string
	}{
		{nil, "base"},
		{[]string{"links.wifi.rate=20 Mbit/s", "seed=3"}, "links.wifi.rate=20Mbit_s,seed=3"},
	} {
		if got := PointOf(c.sets); got != c.want {
			t.Errorf("point of %q is %q, want %q", c.sets, got, c.want)
		}
	}
	if a, b := PointOf([]string{long}), PointOf([]string{long + "y"}); a == b || len(a) > 255 {
		t.Errorf("long points %q and %q", a, b)
	}
}

// TestOverride: what the command line does to a study.
func TestOverride(t *testing.T) {
	axis := func(s string) Axis {
		a, err := ParseAxis(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	study := func() []Axis {
		return []Axis{
			Values("subflows", []string{"traffic.bulk.subflows"}, []string{"1", "8"}),
			{Name: "transport", Cases: []Case{
				{Name: "TCP", Sets: []string{"traffic.bulk.transport=tcp", "traffic.bulk.subflows=1"}},
				{Name: "MPTCP", Sets: []string{"traffic.bulk.transport=mptcp"}},
			}},
		}
	}
	for _, c := range []struct {
		given string
		want  string // sets, then axes with their cases; empty: refused
	}{
		{"duration=1s", "[set=1 duration=1s] subflows[1 8] transport[TCP MPTCP]"},
		{"duration=1s,2s", "[set=1] subflows[1 8] transport[TCP MPTCP] duration[1s 2s]"},
		{"traffic.bulk.subflows=4", "[set=1] subflows[4] transport[TCP MPTCP]"},
		{"traffic.bulk.subflows=2,3", "[set=1] subflows[2 3] transport[TCP MPTCP]"},
		{"traffic.bulk.transport=tcp", ""},
	} {
		sets, axes, err := Override([]string{"set=1"}, study(), []Axis{axis(c.given)})
		got := ""
		if err == nil {
			got = fmt.Sprint(sets)
			for _, a := range axes {
				got += " " + a.Name
				var names []string
				for _, k := range a.Cases {
					names = append(names, k.Name)
				}
				got += fmt.Sprint(names)
			}
		}
		if got != c.want {
			t.Errorf("%s gives %s (%v), want %s", c.given, got, err, c.want)
		}
	}
	if _, err := Expand(nil, study(), []uint64{1}); err == nil {
		t.Error("two axes that set one path were accepted")
	}
	runs, err := Expand([]string{"duration=1s"}, study()[1:], []uint64{7})
	if err != nil || len(runs) != 2 || runs[1].Point != "transport=MPTCP" ||
		fmt.Sprint(runs[0].Sets) != "[duration=1s traffic.bulk.transport=tcp traffic.bulk.subflows=1]" {
		t.Errorf("got %+v, %v", runs, err)
	}
}
