package spec_test

import (
	"reflect"
	"slices"
	"testing"

	"mpsim/model/cc"
	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/model/tcp"
	"mpsim/scenarios/spec"
)

// TestNames: the words that a scenario may use are the names that the models know.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		what          string
		words, models []string
	}{
		{"congestion", spec.Congestions, cc.Names()},
		{"scheduler", spec.Schedulers, sched.Names()},
		{"path manager", spec.PathManagers, pm.Names()},
		{"profile", spec.Profiles, tcp.Profiles()},
		{"profile of MPTCP", spec.Profiles, mptcp.Profiles()},
	} {
		a, b := slices.Sorted(slices.Values(c.words)), slices.Sorted(slices.Values(c.models))
		if !slices.Equal(a, b) {
			t.Errorf("%s: scenarios know %v, the models %v", c.what, a, b)
		}
	}
}

// TestProfiles: the defaults that Explain shows are those of the model's profiles.
func TestProfiles(t *testing.T) {
	for _, profile := range spec.Profiles {
		text := "duration: 1s\nhosts:\n  a: {profile: " + profile + ", interfaces: {x: }}\n" +
			"  b: {interfaces: {x: }}\nlinks: {l: {between: [a.x, b.x], rate: unlimited}}\napplications:\n"
		s, problems := spec.Load("p.yaml", []byte(text), nil)
		if problems != nil {
			t.Fatal(problems)
		}
		got := s.Hosts[0].TCP
		c, err := tcp.Config{Profile: profile}.Resolved()
		if err != nil {
			t.Fatal(err)
		}
		want := spec.TCP{
			Congestion: c.Congestion, InitialWindow: got.InitialWindow, InitialRTO: c.InitialRTO, MinRTO: c.MinRTO,
			MaxRTO: c.MaxRTO, SYNRetries: c.SYNRetries, Retries: c.Retries, UserTimeout: c.UserTimeout,
			DelayedACK: c.DelayedACK, SACK: c.SACK == tcp.On, Timestamps: c.Timestamps == tcp.On,
			WindowScale: c.WindowScaling == tcp.On, ECN: c.ECN == tcp.On, Pacing: c.Pacing == tcp.On,
			Nagle: c.Nagle == tcp.On, SmallQueues: -1, ReceiveBuffer: got.ReceiveBuffer, SendBuffer: got.SendBuffer,
		}
		if got != want {
			t.Errorf("%s: scenarios have\n%+v, the model\n%+v", profile, got, want)
		}
		if int64(got.InitialWindow) != int64(c.InitialWindow) || int64(got.ReceiveBuffer) != c.ReceiveBufferMax ||
			int64(got.SendBuffer) != c.SendBufferMax || c.Keepalive == tcp.On {
			t.Errorf("%s: windows and buffers %+v, the model %+v", profile, got, c)
		}
		checkMPTCP(t, profile, &s.Hosts[0].MPTCP)
	}
}

func checkMPTCP(t *testing.T, profile string, got *spec.MPTCP) {
	c, err := mptcp.Config{Profile: profile}.Resolved()
	if err != nil {
		t.Fatal(err)
	}
	want := *got
	want.Version = 1
	if c.Versions == mptcp.V0 {
		want.Version = 0
	}
	want.RetryOlder, want.StatelessListener = c.RetryOlder == tcp.On, c.Stateless == tcp.On
	want.VersionMemory, want.BlackHole = max(c.VersionMemory, 0), max(c.BlackHole, 0)
	want.SYNsWithOption, want.CloseTimeout = c.SYNsCapable, c.CloseTimeout
	want.NoJoinHere, want.SamePort = c.NoJoinHere == tcp.On, c.SamePort == tcp.On
	want.Checksum, want.RefuseChecksum = c.Checksum == tcp.On, c.RefuseChecksum == tcp.On
	want.Opportunistic, want.Penalisation = c.Opportunistic == tcp.On, c.Penalise == tcp.On
	want.Scheduler, want.PathManager = c.Scheduler, c.PathManager
	want.SubflowLimit = c.MaxSubflows - 1
	want.PotentiallyFailed = c.PotentiallyFailed == tcp.On
	if want.StaleRTOs = c.StaleRTOs; want.StaleRTOs == 1<<20 {
		want.StaleRTOs = 0 // never
	}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("%s: scenarios have\n%+v, the model\n%+v", profile, *got, want)
	}
}
