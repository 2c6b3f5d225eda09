package policy_test

import (
	"testing"

	"mpsim/sim/unit"
	"mpsim/sockapi/policy"
)

func TestNew(t *testing.T) {
	for _, name := range policy.Names() {
		if x, err := policy.New(name); err != nil || x.Name() != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := policy.New("best")
	if want := `policy "best": no such policy (have aggregate, handover, interactive, primary)`; err == nil ||
		err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestIntentsSet(t *testing.T) {
	var x policy.Intents
	for _, c := range [][3]string{
		{"category", "stream", ""}, {"burstiness", "bulk", ""}, {"timeliness", "background", ""},
		{"resilience", "tolerant", ""}, {"filesize", "15360000", ""}, {"duration", "27", ""}, {"bitrate", "8000", ""},
		{"category", "huge", `intent category is "huge": must be one of query, bulk, control, keepalives, stream`},
		{"filesize", "-1", `intent filesize is "-1": must be a positive whole number`},
		{"duration", "99999999999", `intent duration is "99999999999": must be a positive whole number`},
		{"bitrate", "8 Mbit/s", `intent bitrate is "8 Mbit/s": must be a positive whole number`},
		{"colour", "1", `intent "colour": no such intent (have category, filesize, duration, bitrate, burstiness, ` +
			`timeliness, resilience)`},
	} {
		got := ""
		if err := x.Set(c[0], c[1]); err != nil {
			got = err.Error()
		}
		if got != c[2] {
			t.Errorf("%s = %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
	want := policy.Intents{Category: policy.Stream, FileSize: 15_360_000, Duration: 27 * unit.Second, Bitrate: 8000,
		Burstiness: policy.BulkBursts, Timeliness: policy.Background, Resilience: policy.Tolerant}
	if x != want {
		t.Errorf("%+v, want %+v", x, want)
	}
}
