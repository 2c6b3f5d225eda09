package tcp

import "mpsim/sim/unit"

// Profiles lists the names that Config.Profile takes.
func Profiles() []string { return []string{"linux", "rfc", "linux-mptcp"} }

// profile returns a profile's values.
func profile(name string) (Config, bool) {
	switch name {
	case "linux":
		return linuxProfile(), true
	case "rfc":
		return rfcProfile(), true
	case "linux-mptcp":
		return outOfTreeProfile(), true
	}
	return Config{}, false
}

// linuxProfile has the defaults of Linux 6.18 (Documentation/networking/ip-sysctl.rst and the
// constants of include/net/tcp.h).
func linuxProfile() Config {
	return Config{
		Congestion:    "cubic",                // tcp_congestion_control of most distributions
		MTU:           1500,                   // Ethernet
		TTL:           64,                     // ip_default_ttl
		InitialWindow: 10,                     // TCP_INIT_CWND, RFC 6928
		InitialRTO:    unit.Second,            // TCP_TIMEOUT_INIT
		MinRTO:        200 * unit.Millisecond, // TCP_RTO_MIN
		MaxRTO:        120 * unit.Second,      // TCP_RTO_MAX
		VarianceFloor: On,                     // tcp_rtt_estimator keeps RTTVAR above TCP_RTO_MIN
		SYNRetries:    6,                      // tcp_syn_retries
		SYNACKRetries: 5,                      // tcp_synack_retries
		LinearSYNs:    4,                      // tcp_syn_linear_timeouts (since 6.5)
		Retries:       15,                     // tcp_retries2
		DelayedACK:    40 * unit.Millisecond,  // TCP_DELACK_MIN
		ACKEvery:      2,                      // RFC 9293 section 3.8.6.3
		QuickACKs:     16,                     // TCP_MAX_QUICKACKS
		ACKInterval:   500 * unit.Millisecond, // tcp_invalid_ratelimit
		Timestamps:    On,                     // tcp_timestamps
		WindowScaling: On,                     // tcp_window_scaling
		SACK:          On,                     // tcp_sack, tcp_dsack
		RACK:          On,                     // tcp_recovery
		TLP:           On,                     // tcp_early_retrans
		ECN:           Off,                    // tcp_ecn is 2: accepted, not offered
		ECNPassive:    On,                     //
		Pacing:        Off,                    // cubic and reno are not paced without the fq scheduler
		IdleRestart:   On,                     // tcp_slow_start_after_idle
		Nagle:         On,                     //
		Minshall:      On,                     // tcp_minshall_check
		Keepalive:     Off,                    // SO_KEEPALIVE
		FastOpen:      FastOpenClient,         // tcp_fastopen; a server needs a listener's queue as well
		TimestampTick: unit.Millisecond,       // TCP_TS_HZ

		KeepaliveIdle:     7200 * unit.Second, // tcp_keepalive_time
		KeepaliveInterval: 75 * unit.Second,   // tcp_keepalive_intvl
		KeepaliveProbes:   9,                  // tcp_keepalive_probes
		TimeWait:          60 * unit.Second,   // TCP_TIMEWAIT_LEN
		FinWait2:          60 * unit.Second,   // tcp_fin_timeout

		// tcp_rmem is 4 KiB, 128 KiB, 32 MiB since 6.17 and tcp_wmem 4 KiB, 16 KiB, 4 MiB; both count
		// the kernel's overhead, about half of the memory for full segments. Ours count payload alone.
		// The send buffer's limit is raised to the receiver's, so that it is not what limits long fat
		// paths.
		ReceiveBuffer: 64 << 10, ReceiveBufferMax: 16 << 20,
		SendBuffer: 64 << 10, SendBufferMax: 16 << 20,
	}
}

// rfcProfile has what the RFCs recommend, where they do.
func rfcProfile() Config {
	c := linuxProfile()
	c.Congestion = "newreno"              // RFC 5681, RFC 6582
	c.MinRTO = unit.Second                // RFC 6298 section 2.4
	c.VarianceFloor = Off                 // RFC 6298 section 2.3
	c.SYNRetries = 8                      // RFC 9293 section 3.8.3: R2 of a SYN at least 3 minutes
	c.SYNACKRetries = 8                   // same
	c.LinearSYNs = 0                      // RFC 6298 section 5.5
	c.DelayedACK = 200 * unit.Millisecond // RFC 9293 section 3.8.6.3 allows 500 ms
	c.ECNPassive = Off                    // RFC 3168 lets a host do without
	c.QuickACKs = 0                       // not in the RFCs
	c.Minshall = Off                      // RFC 9293 section 3.7.4
	c.TimeWait = 240 * unit.Second        // 2 MSL, MSL 2 minutes (RFC 9293 section 3.4.2)
	return c
}

// outOfTreeProfile has what differs in the kernel of the out-of-tree Multipath TCP v0.95, Linux 4.19.
func outOfTreeProfile() Config {
	c := linuxProfile()
	c.Congestion = "lia" // what its papers ran with; the stack brought it (net/mptcp/mptcp_coupled.c)
	c.LinearSYNs = 0     // tcp_syn_linear_timeouts came with 6.5
	return c
}
