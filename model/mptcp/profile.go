package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim/unit"
)

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

// linuxProfile has the defaults of the upstream kernel, version 6.18 (Documentation/networking/
// mptcp-sysctl.rst and net/mptcp).
func linuxProfile() Config {
	return Config{
		Profile:           "linux",
		Versions:          V1,
		RetryOlder:        tcp.Off,
		Stateless:         tcp.Off, // tcp_syncookies come into play under attack only
		VersionMemory:     -1,
		BlackHole:         3600 * unit.Second,     // blackhole_timeout
		Checksum:          tcp.Off,                // checksum_enabled
		RefuseChecksum:    tcp.Off,                // A=1 of the peer is accepted
		HoldUnmapped:      tcp.Off,                // subflow.c, MAPPING_NODSS
		FastCloseOnACK:    tcp.Off,                // mptcp_do_fastclose
		FailQuietly:       tcp.On,                 // subflow.c, validate_data_csum
		NoJoinHere:        tcp.Off,                // allow_join_initial_addr_port is 1
		SYNsCapable:       3,                      // syn_retrans_before_tcp_fallback is 2
		Scheduler:         "minrtt",               // closest to the kernel's "default"
		PathManager:       "fullmesh",             //
		MaxSubflows:       9,                      // MPTCP_PM_ADDR_MAX 8 beyond the first
		SamePort:          tcp.Off,                // joins use ephemeral ports
		StaleRTOs:         4,                      // stale_loss_cnt
		MinDataRTO:        200 * unit.Millisecond, // TCP_RTO_MIN
		MaxDataRTO:        120 * unit.Second,      // TCP_RTO_MAX
		CloseTimeout:      60 * unit.Second,       // close_timeout
		AddAddrTimeout:    120 * unit.Second,      // add_addr_timeout
		AddAddrTries:      4,                      // ADD_ADDR_RETRANS_MAX is 3
		Opportunistic:     tcp.Off,                // only in the out-of-tree stack
		Penalise:          tcp.Off,                // same
		Tail:              tcp.On,                 // stands in for the kernel's weighing of queues
		PotentiallyFailed: tcp.On,                 // as the out-of-tree kernel, whose rule has the shorter gaps
		Nagle:             tcp.On,                 //
		Policy:            linuxPolicy(),          //
		Data:              linuxData(),            //

		// As for plain TCP (package tcp, profile linux): tcp_rmem and tcp_wmem without the kernel's
		// overhead. The send buffer can hold what the peer's receive buffer can (RFC 8684 section 3.3.5).
		ReceiveBuffer: 64 << 10, ReceiveBufferMax: 16 << 20,
		SendBuffer: 64 << 10, SendBufferMax: 16 << 20,
	}
}

// rfcProfile has what RFC 8684 recommends, where it does.
func rfcProfile() Config {
	c := linuxProfile()
	c.Profile = "rfc"
	c.HoldUnmapped = tcp.On     // section 3.3.1
	c.FastCloseOnACK = tcp.On   // section 3.5, the form that is confirmed
	c.FailQuietly = tcp.Off     // section 3.7
	c.Checksum = tcp.On         // section 3.1: the A flag SHOULD be set
	c.BlackHolePerPeer = tcp.On // section 3.9.3
	c.SamePort = tcp.On         // section 3.9.1
	c.Policy = rfcPolicy()
	c.Data = rfcData()
	c.MinDataRTO = unit.Second // as RFC 6298 section 2.4 for a subflow
	return c
}

// outOfTreeProfile has the defaults of the out-of-tree kernel, v0.9x (net/mptcp/mptcp_ctrl.c), with the full
// mesh that the papers loaded. Its own constants stand here; what it shares with the kernel it patches does
// not.
func outOfTreeProfile() Config {
	c := linuxProfile()
	c.Profile = "linux-mptcp"
	c.Versions = V0                // sysctl_mptcp_version; its version 1 was an early draft's
	c.Checksum = tcp.On            // sysctl_mptcp_checksum
	c.SYNsCapable = 4              // sysctl_mptcp_syn_retries is 3
	c.HoldUnmapped = tcp.On        // mptcp_input.c waits for a mapping
	c.FailQuietly = tcp.Off        // its MP_FAIL comes with the first failure, too
	c.BlackHole = -1               // the upstream kernel's alone
	c.Scheduler = "minrtt"         // mptcp_sched.c: the lowest RTT first
	c.PathManager = "fullmesh"     // mptcp_fullmesh.c
	c.MaxSubflows = 32             // one bit each in the connection's path mask
	c.StaleRTOs = 1 << 20          // no such notion: a subflow is potentially failed until TCP gives it up
	c.AddAddrTries = 1             // version 0 has no echo
	c.Policy.JoinAnyPort = tcp.On  // mptcp_ipv4.c: the token alone decides
	c.Opportunistic = tcp.On       // mptcp_rcv_buf_optimization
	c.Penalise = tcp.On            // same
	c.Tail = tcp.Off               // not there
	c.Policy.ResetOption = tcp.Off // not in version 0
	c.Policy.JoinAnyPort = tcp.On  // mptcp_lookup_join comes before listeners
	return c
}
