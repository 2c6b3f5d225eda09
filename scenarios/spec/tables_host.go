package spec

import (
	"net/netip"
	"strings"

	"mpsim/sim/unit"
)

func hostTable() *table[Host] {
	return &table[Host]{
		what: "host",
		fields: []field[Host]{
			key("profile", word(Profiles...), func(h *Host) *string { return &h.Profile },
				"where the defaults of tcp and mptcp come from: linux, rfc or linux-mptcp", def[Host](ProfileLinux),
				then(func(_ *decoder, _ string, h *Host) {
					h.TCP, h.MPTCP = profileTCP(h.Profile), profileMPTCP(h.Profile)
				})),
			key("interfaces", named("interface", interfaceTable().codec(),
				func(i *Interface) *string { return &i.Name }),
				func(h *Host) *[]Interface { return &h.Interfaces }, "interfaces by name", required,
				aka[Host]("interface", "nics", "ifaces", "devices")),
			key("api", word(APIDraft, APILinuxFork, APIUpstream), func(h *Host) *string { return &h.API },
				"variant of the socket API: draft, linux-fork or upstream (no enhanced socket API)", def[Host](APIDraft),
				aka[Host]("socket-api", "sockapi")),
			key("tcp", tcpTable().codec(), func(h *Host) *TCP { return &h.TCP }, "parameters of TCP"),
			key("mptcp", mptcpTable().codec(), func(h *Host) *MPTCP { return &h.MPTCP },
				"parameters of Multipath TCP"),
		},
		check: func(d *decoder, path string, h *Host) {
			if len(h.Interfaces) == 0 {
				d.wrong(join(path, "interfaces"), "host "+quote(h.Name)+" has no interface", "name at least one")
			}
			for _, e := range h.MPTCP.Endpoints {
				if h.Interface(e.Interface) < 0 {
					d.wrong(join(path, "mptcp.endpoints."+e.Interface),
						"host "+quote(h.Name)+" has no interface "+quote(e.Interface), "")
				}
			}
		},
	}
}

func interfaceTable() *table[Interface] {
	return &table[Interface]{
		what: "interface",
		fields: []field[Interface]{
			key("address", address(), func(i *Interface) *netip.Addr { return &i.Address },
				"IPv4 or IPv6; assigned: chosen by mpsim", def[Interface]("assigned"), aka[Interface]("ip", "addr")),
			key("mtu", octets(576, 65535), func(i *Interface) *unit.Bytes { return &i.MTU },
				"largest IP packet", def[Interface]("1500 B")),
			key("backup", truth(), func(i *Interface) *bool { return &i.Backup },
				"subflows over it are backups", def[Interface]("false")),
			key("timetable", list("change", interfaceChangeTable().codec(), nil),
				func(i *Interface) *[]InterfaceChange { return &i.Timetable },
				"changes that the host's stack is told about", aka[Interface]("changes", "schedule", "events")),
		},
		check: func(d *decoder, path string, i *Interface) {
			rising(d, join(path, "timetable"), len(i.Timetable),
				func(k int) unit.Duration { return i.Timetable[k].At })
		},
	}
}

func interfaceChangeTable() *table[InterfaceChange] {
	return &table[InterfaceChange]{
		what: "change",
		fields: []field[InterfaceChange]{
			key("at", duration(0, maxDuration), func(c *InterfaceChange) *unit.Duration { return &c.At },
				"time since the start of the run", required, aka[InterfaceChange]("time", "t")),
			key("down", truth(), func(c *InterfaceChange) *bool { return &c.Down },
				"true: the interface goes down, false: it comes up", required, aka[InterfaceChange]("up", "state")),
		},
	}
}

func tcpTable() *table[TCP] {
	dur := func(least, most unit.Duration) codec[unit.Duration] { return duration(least, most) }
	ms, s := unit.Millisecond, unit.Second
	return &table[TCP]{
		what: "tcp", override: true, // the values are the profile's
		fields: []field[TCP]{
			key("congestion", wordOrScript(Congestions...), func(t *TCP) *string { return &t.Congestion },
				"congestion control: "+strings.Join(Congestions, ", ")+", or script:NAME",
				aka[TCP]("cc", "congestion-control", "controller")),
			key("initial-window", packets(1, 1000), func(t *TCP) *unit.Packets { return &t.InitialWindow },
				"RFC 6928", aka[TCP]("iw", "initcwnd")),
			key("initial-rto", dur(ms, 60*s), func(t *TCP) *unit.Duration { return &t.InitialRTO },
				"timeout before the first RTT sample (RFC 6298)"),
			key("min-rto", dur(ms, 60*s), func(t *TCP) *unit.Duration { return &t.MinRTO },
				"least retransmission timeout", aka[TCP]("rto-min")),
			key("max-rto", dur(s, maxDelay), func(t *TCP) *unit.Duration { return &t.MaxRTO },
				"cap of the timeout's back-off", aka[TCP]("rto-max")),
			key("syn-retries", integer(0, 255), func(t *TCP) *int { return &t.SYNRetries },
				"SYN retransmissions before connecting fails"),
			key("retries", integer(1, 255), func(t *TCP) *int { return &t.Retries },
				"retransmissions of one segment before the connection fails"),
			key("user-timeout", zeroIs(none, dur(ms, maxDuration)),
				func(t *TCP) *unit.Duration { return &t.UserTimeout },
				"age of unacknowledged data that fails the connection (RFC 5482)"),
			key("delayed-ack", dur(0, 499*ms), func(t *TCP) *unit.Duration { return &t.DelayedACK },
				"longest delay of an ACK; 0s: acknowledge each segment", aka[TCP]("delack")),
			key("sack", truth(), func(t *TCP) *bool { return &t.SACK }, "RFC 2018, with RACK-TLP (RFC 8985)"),
			key("timestamps", truth(), func(t *TCP) *bool { return &t.Timestamps }, "RFC 7323"),
			key("window-scale", truth(), func(t *TCP) *bool { return &t.WindowScale }, "RFC 7323",
				aka[TCP]("window-scaling", "wscale")),
			key("ecn", truth(), func(t *TCP) *bool { return &t.ECN }, "RFC 3168"),
			key("pacing", truth(), func(t *TCP) *bool { return &t.Pacing }, "spread segments over the round trip"),
			key("small-queues", zeroIs(none, wordOr(auto, duration(unit.Microsecond, unit.Second))),
				func(t *TCP) *unit.Duration { return &t.SmallQueues },
				"how long the queue of the own host may take to drain before TCP leaves new data in the socket (as Linux's "+
					"small queues); auto: 1ms in hosts of a topology, none in others, whose first link stands for a whole path",
				aka[TCP]("tsq", "small-queue")),
			key("nagle", truth(), func(t *TCP) *bool { return &t.Nagle }, "hold small segments back (RFC 9293)",
				aka[TCP]("nodelay", "no-delay")),
			key("keepalive", orNone(keepaliveTable().codec()), func(t *TCP) **Keepalive { return &t.Keepalive },
				"probes of idle connections"),
			key("receive-buffer", size(4*unit.KiB, unit.GiB), func(t *TCP) *unit.Bytes { return &t.ReceiveBuffer },
				"where automatic tuning ends", aka[TCP]("rcvbuf", "rmem", "receive-window")),
			key("send-buffer", size(4*unit.KiB, unit.GiB), func(t *TCP) *unit.Bytes { return &t.SendBuffer },
				"where automatic tuning ends", aka[TCP]("sndbuf", "wmem")),
		},
		check: func(d *decoder, path string, t *TCP) {
			switch {
			case t.MinRTO > t.MaxRTO:
				d.wrong(join(path, "min-rto"), "min-rto "+t.MinRTO.String()+" is above max-rto "+t.MaxRTO.String(), "")
			case t.InitialRTO > t.MaxRTO:
				d.wrong(join(path, "initial-rto"),
					"initial-rto "+t.InitialRTO.String()+" is above max-rto "+t.MaxRTO.String(), "")
			}
		},
	}
}

func keepaliveTable() *table[Keepalive] {
	return &table[Keepalive]{
		what: "keepalive",
		fields: []field[Keepalive]{
			key("idle", duration(unit.Millisecond, maxDuration), func(k *Keepalive) *unit.Duration { return &k.Idle },
				"before the first probe", def[Keepalive]("2 h")),
			key("interval", duration(unit.Millisecond, maxDuration),
				func(k *Keepalive) *unit.Duration { return &k.Interval }, "between probes", def[Keepalive]("75 s")),
			key("count", integer(1, 127), func(k *Keepalive) *int { return &k.Count },
				"unanswered probes that fail the connection", def[Keepalive]("9"), aka[Keepalive]("probes")),
		},
	}
}

func endpointTable() *table[Endpoint] {
	return &table[Endpoint]{
		what: "endpoint",
		fields: []field[Endpoint]{
			key("signal", truth(), func(e *Endpoint) *bool { return &e.Signal }, "announce the address",
				def[Endpoint]("false")),
			key("subflow", truth(), func(e *Endpoint) *bool { return &e.Subflow }, "open a subflow from it",
				def[Endpoint]("false")),
			key("backup", truth(), func(e *Endpoint) *bool { return &e.Backup }, "its subflows are backups",
				def[Endpoint]("false")),
			key("fullmesh", truth(), func(e *Endpoint) *bool { return &e.FullMesh },
				"subflows to every address of the peer", def[Endpoint]("false")),
			key("laminar", truth(), func(e *Endpoint) *bool { return &e.Laminar },
				"answers one announced address", def[Endpoint]("false")),
			key("port", integer[uint16](0, 65535), func(e *Endpoint) *uint16 { return &e.Port },
				"announced with it, where joins are taken; 0: none", def[Endpoint]("0")),
		},
		check: func(d *decoder, path string, e *Endpoint) {
			if e.Signal && e.FullMesh {
				d.wrong(join(path, "fullmesh"), "signal and fullmesh exclude each other", "choose one")
			}
			if e.Port != 0 && !e.Signal {
				d.wrong(join(path, "port"), "a port needs signal: true", "")
			}
		},
	}
}

func mptcpTable() *table[MPTCP] {
	return &table[MPTCP]{
		what: "mptcp", override: true, // the values are the profile's
		fields: []field[MPTCP]{
			key("enabled", truth(), func(m *MPTCP) *bool { return &m.Enabled },
				"false: the host answers with plain TCP"),
			key("version", integer(0, 1), func(m *MPTCP) *int { return &m.Version },
				"offered and accepted; 1: RFC 8684, 0: RFC 6824"),
			key("scheduler", wordOrScript(Schedulers...), func(m *MPTCP) *string { return &m.Scheduler },
				"picks a subflow for each segment: minrtt, roundrobin or script:NAME", aka[MPTCP]("sched")),
			key("path-manager", wordOrScript(PathManagers...), func(m *MPTCP) *string { return &m.PathManager },
				"opens subflows: none, fullmesh, ndiffports, single-path, linux (the kernel's, with endpoints) or script:NAME",
				aka[MPTCP]("pm", "manager")),
			key("subflows", integer(1, 64), func(m *MPTCP) *int { return &m.Subflows },
				"with ndiffports: over the first pair of addresses"),
			key("subflow-limit", integer(0, 255), func(m *MPTCP) *int { return &m.SubflowLimit },
				"most subflows beyond the first", aka[MPTCP]("limit", "limits", "max-subflows")),
			key("checksum", truth(), func(m *MPTCP) *bool { return &m.Checksum }, "of the DSS option"),
			key("opportunistic-retransmission", truth(), func(m *MPTCP) *bool { return &m.Opportunistic },
				"resend on a faster subflow what blocks the receive window"),
			key("penalisation", truth(), func(m *MPTCP) *bool { return &m.Penalisation },
				"halve the window of the subflow that blocked it"),
			key("announce-addresses", truth(), func(m *MPTCP) *bool { return &m.AnnounceAddresses },
				"send ADD_ADDR for further addresses", aka[MPTCP]("announce", "add-addr", "signal")),
			key("both-open", truth(), func(m *MPTCP) *bool { return &m.BothOpen },
				"with fullmesh: the host that accepted a connection opens subflows, too"),
			key("subflows-per-pair", integer(1, 64), func(m *MPTCP) *int { return &m.SubflowsPerPair },
				"with fullmesh: over each pair of addresses", aka[MPTCP]("num-subflows")),
			key("endpoints", named("endpoint", endpointTable().codec(),
				func(e *Endpoint) *string { return &e.Interface }),
				func(m *MPTCP) *[]Endpoint { return &m.Endpoints },
				"with path-manager linux: what is done with an interface's address", aka[MPTCP]("endpoint")),
			key("add-addr-accepted", integer(0, 255), func(m *MPTCP) *int { return &m.AddAddrAccepted },
				"with path-manager linux: announced addresses that are answered by a subflow"),
			key("stale-rtos", zeroIs("never", integer(1, 1000)), func(m *MPTCP) *int { return &m.StaleRTOs },
				"timeouts in a row after which a subflow is stale and gets no data while others are not; never: no such notion",
				aka[MPTCP]("stale-loss-cnt", "stale_loss_cnt")),
			key("potentially-failed", truth(), func(m *MPTCP) *bool { return &m.PotentiallyFailed },
				"a subflow gets no new data from a timeout until an acknowledgement; false: as upstream, only when it is stale",
				aka[MPTCP]("pf")),
			key("same-port", truth(), func(m *MPTCP) *bool { return &m.SamePort },
				"joins leave from the first subflow's port"),
			key("close-timeout", duration(unit.Millisecond, maxDuration),
				func(m *MPTCP) *unit.Duration { return &m.CloseTimeout },
				"how long a connection lives without any subflow"),
			key("no-join-here", truth(), func(m *MPTCP) *bool { return &m.NoJoinHere },
				"C flag: no subflows to the first one's address and port", aka[MPTCP]("c-flag", "deny-join-initial")),
			key("refuse-checksum", truth(), func(m *MPTCP) *bool { return &m.RefuseChecksum },
				"stay with TCP if the peer asks for checksums"),
			key("older-versions", truth(), func(m *MPTCP) *bool { return &m.OlderVersions },
				"accept versions older than version, too"),
			key("retry-older", truth(), func(m *MPTCP) *bool { return &m.RetryOlder },
				"answered without MPTCP, try again with an older version (needs older-versions)"),
			key("version-memory", zeroIs(none, duration(0, maxDuration)),
				func(m *MPTCP) *unit.Duration { return &m.VersionMemory }, "how long a peer's version is remembered"),
			key("black-hole", zeroIs(none, duration(0, maxDuration)),
				func(m *MPTCP) *unit.Duration { return &m.BlackHole },
				"how long MPTCP is off after SYNs with its option got lost", aka[MPTCP]("blackhole-timeout")),
			key("syns-with-option", integer(1, 100), func(m *MPTCP) *int { return &m.SYNsWithOption },
				"SYNs with MP_CAPABLE before plain ones are tried"),
			key("stateless-listener", truth(), func(m *MPTCP) *bool { return &m.StatelessListener },
				"keep no state for a connection until its third packet", aka[MPTCP]("syncookies", "syn-cookies")),
		},
		check: func(d *decoder, path string, m *MPTCP) {
			if m.RetryOlder && !m.OlderVersions {
				d.wrong(join(path, "retry-older"), "retry-older without older-versions", "set older-versions: true")
			}
			if m.Checksum && m.RefuseChecksum {
				d.wrong(join(path, "refuse-checksum"), "refuse-checksum with checksum: true", "choose one")
			}
		},
	}
}
