package drill

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi/drill/pkt"
)

// flow is one pair of endpoints: a TCP connection or subflow as the script sees it.
type flow struct {
	local, remote wire.Addr
	lport, rport  uint16

	iss       uint32 // the host's initial sequence number
	scriptISS uint32 // what the script calls it
	irs       uint32 // the script's
	issKnown  bool

	stamps    []stampPair // TS val of the host, the script's and its own
	conn      *mconn
	join      bool
	localID   uint8
	remoteID  uint8
	nonce     uint32 // the host's in MP_JOIN
	peerNonce uint32
}

type stampPair struct{ script, live uint32 }

// liveStamp translates a TSecr of the script.
func (f *flow) liveStamp(script uint32) uint32 {
	for i := len(f.stamps) - 1; i >= 0; i-- {
		if f.stamps[i].script == script {
			return f.stamps[i].live
		}
	}
	if len(f.stamps) == 0 {
		return script
	}
	return f.stamps[0].live + (script - f.stamps[0].script)
}

// scriptStamp translates a TSval of the host by the distance from the first one.
func (f *flow) scriptStamp(live uint32) uint32 {
	if len(f.stamps) == 0 {
		return live
	}
	return f.stamps[0].script + (live - f.stamps[0].live)
}

// addresses are the address variables of the script, and where new ones of the peer come from.
type addresses struct {
	r     *runner
	vars  []addrVar
	ports uint16
	hosts int // addresses of the peer handed out
}

type addrVar struct {
	name string
	addr wire.Addr
	port uint16 // 0: any
	id   uint8  // of ADD_ADDR
	isID bool
}

const firstPeerPort = 50000

func (a *addresses) init(r *runner) { a.r, a.ports = r, firstPeerPort }

func (a *addresses) find(name string) *addrVar {
	for i := range a.vars {
		if a.vars[i].name == name {
			return &a.vars[i]
		}
	}
	return nil
}

func (a *addresses) bind(name string, addr wire.Addr, port uint16) *addrVar {
	a.vars = append(a.vars, addrVar{name: name, addr: addr, port: port})
	return &a.vars[len(a.vars)-1]
}

// port returns a port of the peer that no flow has.
func (a *addresses) port() uint16 {
	a.ports++
	return a.ports
}

// plus returns the address n behind addr.
func plus(addr wire.Addr, n int) wire.Addr { return wire.Addr{Hi: addr.Hi, Lo: addr.Lo + uint64(n)} }

// nextPeer returns an address of the peer that was not used yet.
func (a *addresses) nextPeer() wire.Addr {
	a.hosts++
	return plus(a.r.c.remote, a.hosts)
}

// flowOf returns the flow of a segment of the host, nil if it is new.
func (r *runner) flowOf(seg *wire.Segment) *flow {
	for i := len(r.flows) - 1; i >= 0; i-- {
		f := r.flows[i]
		if f.local == seg.Src && f.remote == seg.Dst && f.lport == seg.SrcPort && f.rport == seg.DstPort {
			return f
		}
	}
	return nil
}

func (r *runner) newFlow(local wire.Addr, lport uint16, remote wire.Addr, rport uint16) *flow {
	f := &flow{local: local, lport: lport, remote: remote, rport: rport}
	f.peerNonce = 0x5eed0000 + uint32(len(r.flows))
	r.flows = append(r.flows, f)
	r.current = f
	return f
}

// side is what a line says of one end of a flow.
type side struct {
	given bool
	addr  wire.Addr
	known bool // addr is meant
	port  uint16
	name  string
}

func (r *runner) side(e pkt.Endpoint) side {
	s := side{given: e.Given, port: uint16(e.Port), name: e.Var}
	switch {
	case e.Var != "":
		if v := r.peers.find(e.Var); v != nil {
			s.addr, s.known, s.port = v.addr, true, v.port
		}
	case e.IP != "":
		s.addr, s.known = r.parseAddr(e.IP, e.Pos), true
	}
	return s
}

// fits tells whether an end may be the one meant; exactly asks for the port, too.
func (s *side) fits(addr wire.Addr, port uint16, exactly bool) bool {
	if !s.given {
		return true
	}
	if s.known && s.addr != addr || s.name != "" && !s.known {
		return false
	}
	return s.port == 0 || s.port == port || !exactly && s.name != ""
}

// inFlow returns the flow that an injected packet belongs to.
func (r *runner) inFlow(k *pkt.Packet) *flow {
	syn := has(k.Flags, 'S') && !has(k.Flags, '.')
	remote, local := r.side(k.Src), r.side(k.Dst)
	if !k.Tuple {
		if r.current != nil && !(syn && r.listens) {
			return r.current
		}
		r.listens = false
		return r.newFlow(r.c.local, r.c.bindPort, r.c.remote, r.peers.port())
	}
	for _, exactly := range []bool{true, false} {
		for i := len(r.flows) - 1; i >= 0; i-- {
			f := r.flows[i]
			if syn && f.issKnown && !f.join && joinSYN(k) {
				continue // a subflow of its own, from another port
			}
			if remote.fits(f.remote, f.rport, exactly) && local.fits(f.local, f.lport, exactly) &&
				!(syn && r.listens && i == len(r.flows)-1 && !remote.known) {
				return f
			}
		}
	}
	r.listens = false
	return r.newFlow(r.localEnd(k.Dst, &local), local.port, r.remoteEnd(k.Src, &remote), remote.port)
}

// joinSYN tells that a packet opens a subflow.
func joinSYN(k *pkt.Packet) bool {
	for i := range k.Options {
		if k.Options[i].Kind == pkt.OptJoin {
			return true
		}
	}
	return false
}

// localEnd gives the host's end of a new flow its address and port.
func (r *runner) localEnd(e pkt.Endpoint, s *side) wire.Addr {
	if s.port == 0 {
		s.port = r.c.bindPort
	}
	if s.known {
		return s.addr
	}
	addr := r.c.local
	if e.Var != "" {
		if len(r.flows) > 0 && len(r.host.addrs) > 1 {
			addr = r.host.addrs[1].addr
		}
		r.peers.bind(e.Var, addr, 0)
	}
	return addr
}

// remoteEnd gives the peer's end of a new flow its address and port.
func (r *runner) remoteEnd(e pkt.Endpoint, s *side) wire.Addr {
	if s.port == 0 {
		s.port = r.peers.port()
	}
	if s.known {
		return s.addr
	}
	addr := r.c.remote
	if e.Var != "" {
		if len(r.flows) > 0 {
			addr = r.peers.nextPeer()
		}
		r.peers.bind(e.Var, addr, 0)
	}
	return addr
}

// outFits tells whether a packet of the host can be the one that a line names.
func (r *runner) outFits(k *pkt.Packet, seg *wire.Segment) bool {
	src, dst := r.side(k.Src), r.side(k.Dst)
	fits := func(s *side, addr wire.Addr, port uint16) bool {
		if s.name != "" && !s.known {
			return true
		}
		return s.fits(addr, port, false)
	}
	return fits(&src, seg.Src, seg.SrcPort) && fits(&dst, seg.Dst, seg.DstPort)
}

// bindOut binds the address variables of a line to what was sent.
func (r *runner) bindOut(k *pkt.Packet, seg *wire.Segment) {
	if k.Src.Var != "" && r.peers.find(k.Src.Var) == nil {
		r.peers.bind(k.Src.Var, seg.Src, 0)
	}
	if k.Dst.Var != "" && r.peers.find(k.Dst.Var) == nil {
		r.peers.bind(k.Dst.Var, seg.Dst, 0)
	}
}

func has(flags string, c byte) bool {
	for i := range len(flags) {
		if flags[i] == c {
			return true
		}
	}
	return false
}

// wireFlags translates the letters.
func wireFlags(letters string) (f wire.Flags) {
	for i := range len(letters) {
		switch letters[i] {
		case 'F':
			f |= wire.FIN
		case 'S':
			f |= wire.SYN
		case 'R':
			f |= wire.RST
		case 'P':
			f |= wire.PSH
		case '.':
			f |= wire.ACK
		case 'U':
			f |= wire.URG
		case 'E':
			f |= wire.ECE
		case 'W', 'C':
			f |= wire.CWR
		case 'A':
			f |= wire.AE
		}
	}
	return f
}

// take removes the packet that a line expects from the queue: the oldest, or of the same instant the first
// that fits better.
func (r *runner) take(k *pkt.Packet) captured {
	pick := 0
	instant := r.queue[0].at
	for i := range r.queue {
		q := &r.queue[i]
		if q.at != instant {
			break
		}
		if k.Tuple && r.outFits(k, &q.seg) || !k.Tuple && r.current != nil && r.flowOf(&q.seg) == r.current {
			pick = i
			break
		}
	}
	q := r.queue[pick]
	r.queue = append(r.queue[:pick], r.queue[pick+1:]...)
	return q
}

// await lets the world run until the host has sent something that a line can mean, or until the time.
func (r *runner) await(k *pkt.Packet, until sim.Time) bool {
	r.skipForeign(k)
	if len(r.queue) == 0 {
		r.w.Run(r.w.Now())
		r.skipForeign(k)
	}
	for len(r.queue) == 0 && r.w.Now() < until {
		r.waiting = true
		r.w.Run(until)
		r.waiting = false
		r.settleCalls()
		r.skipForeign(k)
	}
	return len(r.queue) > 0
}

// skipForeign drops what connections have sent that the script has left behind: a line without addresses
// means the connection opened last. Subflows of one connection are not foreign to each other.
func (r *runner) skipForeign(k *pkt.Packet) {
	if k.Tuple {
		return
	}
	keep := r.queue[:0]
	for _, q := range r.queue {
		f := r.flowOf(&q.seg)
		if f == nil || f == r.current || r.current != nil && f.conn != nil && f.conn == r.current.conn {
			keep = append(keep, q)
			continue
		}
		r.trace("> (of an earlier connection) " + r.render(f, &q.seg))
	}
	r.queue = keep
}
