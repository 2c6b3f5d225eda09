package policy

import (
	"mpsim/model/wire"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Defaults of SCTP (RFC 9260 section 16): Path.Max.Retrans and HB.interval.
const (
	PathMaxRetrans = 5
	HBInterval     = 30 * unit.Second
)

// Primary has a primary address as SCTP has (RFC 6458 sections 8.1.9 and 8.1.12): data goes over that path,
// subflows of the others stand by with the backup flag. A path has failed when more than PathMaxRxt
// retransmission timeouts come in a row (RFC 9260 section 8.2), or when its subflow ends; the next path
// then carries the data. While a path stands by keepalive probes watch it; one that has failed is tried by
// a join each HBInterval. When the primary path answers, data returns to it.
type Primary struct {
	PathMaxRxt int           // SCTP_PEER_ADDR_PARAMS spp_pathmaxrxt; 0: PathMaxRetrans
	HBInterval unit.Duration // spp_hbinterval; 0: the constant HBInterval
}

func (x Primary) retrans() int {
	if x.PathMaxRxt == 0 {
		return PathMaxRetrans
	}
	return x.PathMaxRxt
}

func (x Primary) interval() unit.Duration {
	if x.HBInterval == 0 {
		return HBInterval
	}
	return x.HBInterval
}

// Name implements Policy.
func (Primary) Name() string { return "primary" }

// Start implements Policy.
func (x Primary) Start(a *Agent) {
	a.Aim(Aim{Active: 1, Standby: len(a.paths), MaxTimeouts: x.retrans(), Retry: x.interval()})
	subs, _ := a.subs()
	for _, s := range subs {
		x.heartbeat(a, s.ID)
	}
}

// Event implements Policy.
func (x Primary) Event(a *Agent, e sockapi.SocketEvent) {
	if e.Kind == sockapi.EventSubflowCreated {
		x.heartbeat(a, e.Sub)
	}
}

// Tick implements Policy.
func (Primary) Tick(*Agent) {}

// heartbeat has a subflow watched while it is idle. TCP counts in seconds.
func (x Primary) heartbeat(a *Agent, id uint8) {
	seconds := max(1, int64(x.interval()/unit.Second))
	for _, o := range []struct {
		o sockapi.Option
		v int64
	}{{sockapi.KeepIdle, seconds}, {sockapi.KeepInterval, seconds}, {sockapi.KeepCount, int64(x.retrans())},
		{sockapi.KeepAlive, 1}} {
		if a.sock.SetSubOption(id, o.o, o.v) != nil {
			return // gone already: an event says so
		}
	}
}

// SetPrimary makes the path of a local address the one that is preferred (SCTP_PRIMARY_ADDR), at once. It
// may be called by any process. Errors: EINVAL for an address that is no path.
func (a *Agent) SetPrimary(local wire.Addr) error {
	i := a.pathOf(local)
	if i < 0 {
		return sockapi.EINVAL
	}
	x := a.paths[i]
	copy(a.paths[1:i+1], a.paths[:i])
	a.paths[0] = x
	a.tell(0, MadePrimary)
	a.resume()
	return nil
}

// ProbeNow has a path that has failed tried at once (SPP_HB_DEMAND): State Available tells that it works.
// One that has not failed is in use, or watched. It may be called by any process. Errors: EINVAL for an
// address that is no path, ENETUNREACH for one that is down.
func (a *Agent) ProbeNow(local wire.Addr) error {
	i := a.pathOf(local)
	switch {
	case i < 0:
		return sockapi.EINVAL
	case !a.paths[i].up:
		return sockapi.ENETUNREACH
	}
	a.paths[i].blocked = 0
	a.resume()
	return nil
}

// resume pursues the aim outside of the agent's own process.
func (a *Agent) resume() {
	if a.started && !a.over {
		a.pursue()
	}
}

// Failing tells whether the path of a local address has failed and is left alone.
func (a *Agent) Failing(local wire.Addr) bool {
	i := a.pathOf(local)
	return i >= 0 && a.paths[i].blocked > a.Now()
}
