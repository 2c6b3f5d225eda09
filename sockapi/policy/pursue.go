package policy

import (
	"errors"

	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sockapi"
)

// How an agent brings its aim about: it looks at the subflows that there are (SubIDs, SubTuple), and opens,
// ranks and closes what differs. Nothing is closed before another path works (make before break).

// role of a path in the aim.
type role uint8

const (
	unused role = iota
	standby
	active
)

// sub is a subflow that is not about to close.
type sub struct {
	sockapi.SubStatus
	path int // -1: of none of the agent's
}

// subs lists the subflows.
func (a *Agent) subs() ([]sub, error) {
	list, err := a.sock.SubIDs()
	if err != nil {
		return nil, err
	}
	var all []sub
	for _, st := range list {
		t, err := a.sock.SubTuple(st.ID)
		if err != nil || st.Closing {
			continue
		}
		all = append(all, sub{SubStatus: st, path: a.pathOf(t.Local)})
	}
	return all, nil
}

// usable tells that a path may carry a subflow now.
func (a *Agent) usable(i int) bool { return a.paths[i].up && a.paths[i].blocked <= a.Now() }

// roles gives the paths their places in the aim.
func (a *Agent) roles() []role {
	all := make([]role, len(a.paths))
	actives, standbys := 0, 0
	for i := range a.paths {
		switch {
		case !a.usable(i) || a.aim.Spare && a.paths[i].Costly:
		case actives < a.aim.Active:
			all[i] = active
			actives++
		case standbys < a.aim.Standby:
			all[i] = standby
			standbys++
		}
	}
	return all
}

// pursue does what the aim wants of the subflows that there are.
func (a *Agent) pursue() {
	if a.hands {
		return
	}
	subs, err := a.subs()
	if err != nil {
		a.over = true
		return
	}
	roles := a.roles()
	works := false // an active path has a subflow that carries data
	for _, s := range subs {
		works = works || s.path >= 0 && roles[s.path] == active && s.FullyEstablished && !s.Closing
	}
	for i, r := range roles {
		if r != unused && !a.over {
			a.serve(i, r, subs, works)
		}
	}
	if works {
		a.prune(subs, roles)
	}
	a.retryAt = sim.Never
	for i := range a.paths {
		if x := &a.paths[i]; x.up && x.blocked > a.Now() {
			a.retryAt = min(a.retryAt, x.blocked)
		}
	}
}

// serve gives a path its subflow, with the priority of its role.
func (a *Agent) serve(i int, r role, subs []sub, works bool) {
	found := false
	for _, s := range subs {
		if s.path != i {
			continue
		}
		found = true
		switch {
		case a.rankless:
		case r == active && s.LowPrioOwn:
			a.rank(i, s.ID, false)
		case r == standby && !s.LowPrioOwn && works:
			a.rank(i, s.ID, true)
		}
	}
	if !found {
		a.open(i, r == standby)
	}
}

// prune closes the subflows of paths that are not used.
func (a *Agent) prune(subs []sub, roles []role) {
	for _, s := range subs {
		if s.path >= 0 && roles[s.path] != unused {
			continue
		}
		how, why := sockapi.ShutWr, "not used"
		if s.path >= 0 && !a.usable(s.path) {
			how, why = sockapi.Reset, "failed"
		}
		a.close(s, how, why)
	}
}

func (a *Agent) open(i int, backup bool) {
	var r sockapi.OpenRequest
	r.Local, r.Backup = a.paths[i].Local, backup
	id, err := a.sock.OpenSub(r)
	var n sockapi.Errno
	errors.As(err, &n)
	switch n {
	case sockapi.EAGAIN: // not fully established after all: the event will tell
		a.started = false
		return
	case sockapi.ENOTCONN, sockapi.EBADF, sockapi.EOPNOTSUPP, sockapi.ENOPROTOOPT:
		a.over = true
	default:
	}
	a.decide(Decision{Action: Open, Path: i, Sub: id, Backup: backup, Err: err})
	if err != nil && !a.over {
		a.block(i, DefaultRetry, n.Name())
	}
}

func (a *Agent) close(s sub, how sockapi.How, why string) {
	err := a.sock.CloseSub(s.ID, how)
	if err == nil && s.path >= 0 {
		a.paths[s.path].closing = append(a.paths[s.path].closing, s.UID)
	}
	a.decide(Decision{Action: Close, Path: s.path, Sub: s.ID, Why: why, Err: err})
}

func (a *Agent) rank(i int, id uint8, backup bool) {
	err := a.sock.SubPrio(id, backup)
	a.rankless = errors.Is(err, sockapi.ENOPROTOOPT)
	a.decide(Decision{Action: Rank, Path: i, Sub: id, Backup: backup, Err: err})
}

// First returns the first path that the aim uses, -1 if there is none.
func (a *Agent) First() int {
	for i, r := range a.roles() {
		if r == active {
			return i
		}
	}
	return -1
}

// Info returns TCP_INFO of the oldest established subflow of a path; false if it has none.
func (a *Agent) Info(i int) (tcp.TCPInfo, bool) {
	subs, err := a.subs()
	if err != nil {
		return tcp.TCPInfo{}, false
	}
	for _, s := range subs {
		if s.path == i && s.FullyEstablished && !s.Closing {
			info, err := a.sock.SubInfo(s.ID)
			return info, err == nil
		}
	}
	return tcp.TCPInfo{}, false
}

// Progress returns the octets of the connection that the peer has acknowledged and those that it has sent
// and this end has received in order (mptcpi_bytes_acked and mptcpi_bytes_received of MPTCP_INFO).
func (a *Agent) Progress() (acked, received int64) {
	c := a.sock.Conn()
	if c == nil || c.MPTCP() == nil {
		return 0, 0
	}
	i := c.MPTCP().Info()
	return i.BytesAcked, i.BytesReceived
}
