package audit

import "mpsim/model/wire"

// Connection sums up one connection of the trace.
type Connection struct {
	ID        int       `json:"id"`
	Protocol  string    `json:"protocol"`  // "tcp", "mptcp v0", "mptcp v1", "mptcp" if the version is not known
	Initiator string    `json:"initiator"` // address and port; of the first subflow
	Listener  string    `json:"listener"`
	FellBack  bool      `json:"fell_back"`
	Checksum  bool      `json:"checksum"` // DSS checksums in use
	Token     [2]uint32 `json:"token"`
	HaveKey   [2]bool   `json:"have_key"`
	// Octets of payload, repeated ones too, from the initiator and from the listener.
	Octets [2]int64 `json:"payload_bytes"`
	// Data sequence numbers that were data-acknowledged, the DATA_FIN included.
	Data       [2]int64  `json:"data_acknowledged_bytes"`
	DataFin    [2]bool   `json:"data_fin"`
	Violations int       `json:"violations"`
	Warnings   int       `json:"warnings"`
	Notes      int       `json:"notes"`
	Unchecked  []string  `json:"unchecked,omitempty"`
	Subflows   []Subflow `json:"subflows"`
}

// Subflow sums up one TCP connection.
type Subflow struct {
	ID       int    `json:"id"`
	Opener   string `json:"opener"` // address and port
	Acceptor string `json:"acceptor"`
	Join     bool   `json:"join"`
	Backup   bool   `json:"backup"`
	Packets  int    `json:"packets"`
	Reset    bool   `json:"reset"`
}

// Connections sums up, in the order of first packets. Call it after Finish.
func (a *Auditor) Connections() []Connection {
	out := make([]Connection, 0, len(a.conns))
	for _, c := range a.conns {
		if len(c.flows) > 0 {
			out = append(out, c.summary())
		}
	}
	return out
}

func (c *conn) summary() Connection {
	first := c.flows[0]
	x := Connection{ID: c.id, Protocol: c.name(), Checksum: c.csumKnown && c.csum && c.proto == multipath,
		Initiator: first.end[first.swap].String(), Listener: first.end[1-first.swap].String(),
		Violations: c.severities[Violation], Warnings: c.severities[Warning], Notes: c.severities[Note],
		Unchecked: c.unchecked.list()}
	for i := range c.side {
		s := &c.side[i]
		if x.HaveKey[i] = s.haveKey; s.haveKey {
			x.Token[i] = wire.Token(s.key, c.hash())
		}
		x.Octets[i], x.DataFin[i] = s.octetsTotal, s.fin > 0
		if s.ackSeen && !s.guessed {
			x.Data[i] = max(0, s.acked-1)
		}
	}
	for _, f := range c.flows {
		for h := range f.end {
			x.FellBack = x.FellBack || c.proto != plainTCP && f.end[h].plain || f.capable.syn && c.proto == plainTCP
		}
		x.Subflows = append(x.Subflows, Subflow{ID: f.id, Opener: f.end[0].String(), Acceptor: f.end[1].String(),
			Join: f.join.used, Backup: f.end[0].backup || f.end[1].backup,
			Packets: f.end[0].packets + f.end[1].packets, Reset: f.dead})
	}
	return x
}

func (c *conn) name() string {
	switch {
	case c.proto == plainTCP || c.proto == asked:
		return "tcp"
	case c.version == 0:
		return "mptcp v0"
	case c.version == 1:
		return "mptcp v1"
	}
	return "mptcp"
}
