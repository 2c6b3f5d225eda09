package spec

import "mpsim/sim/unit"

// profileTCP returns the parameters of a host's profile that a scenario can change. They are the same values
// as those of package tcp's profiles, which name their sources; profile_test.go compares them.
func profileTCP(profile string) TCP {
	t := TCP{
		Congestion: "cubic", InitialWindow: 10,
		InitialRTO: unit.Second, MinRTO: 200 * unit.Millisecond, MaxRTO: 120 * unit.Second,
		SYNRetries: 6, Retries: 15, DelayedACK: 40 * unit.Millisecond,
		SACK: true, Timestamps: true, WindowScale: true, Nagle: true, SmallQueues: -1,
		ReceiveBuffer: 16 * unit.MiB, SendBuffer: 16 * unit.MiB,
	}
	switch profile {
	case ProfileRFC:
		t.Congestion = "newreno"
		t.MinRTO = unit.Second
		t.SYNRetries = 8
		t.DelayedACK = 200 * unit.Millisecond
	case ProfileOutOfTree:
		t.Congestion = "lia"
	}
	return t
}

// profileMPTCP returns the parameters of Multipath TCP: those of package mptcp's profiles, except that
// further addresses are announced. profile_test.go compares them.
func profileMPTCP(profile string) MPTCP {
	m := MPTCP{
		Enabled: true, Version: 1, Scheduler: "minrtt", PathManager: "fullmesh",
		Subflows: 2, SubflowLimit: 8, AnnounceAddresses: true, SubflowsPerPair: 1,
		BlackHole: 3600 * unit.Second, SYNsWithOption: 3, CloseTimeout: 60 * unit.Second,
		StaleRTOs: 4, PotentiallyFailed: true,
	}
	switch profile {
	case ProfileRFC:
		m.Checksum, m.SamePort = true, true
	case ProfileOutOfTree:
		m.Version, m.Checksum = 0, true
		m.BlackHole, m.SYNsWithOption = 0, 4
		m.SubflowLimit = 31
		m.StaleRTOs = 0
		m.Opportunistic, m.Penalisation = true, true
	}
	return m
}
