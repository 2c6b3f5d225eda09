package mptcp

import (
	"fmt"
	"strconv"
	"strings"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// rawPeer is one end of a connection whose every segment the test writes as text; the other end is a real stack.
// All numbers in the text are relative: subflow numbers to the SYN (first data octet 1), data sequence numbers to
// the IDSN (first data octet 1).
//
//	open [passive] [sum] [win N]  handshake of the first subflow; passive: the stack opens, and the peer accepts
//	join I                    the peer opens a subflow from its I-th address (from 1)
//	accept                    the peer answers the SYN of a join that the stack opens, and acknowledges its third packet
//	peer [I] FLAGS SEQ(LEN) [ack N] [win N] OPTIONS    a segment of the peer on its I-th subflow (0 if left out)
//	app write N | shut | close | abort | read | pause | buffer N  a call of the stack's application
//	wait D                    virtual time, like 1s
//	space                     octets that the application can queue
//	quiet                     write nothing until "state"
//	windows                   from now on write the windows of the stack's segments
//	state                     connection state and positions
//
// FLAGS are letters of "SFRPUA." as tcpdump has them. OPTIONS: dack4 N, dack8 N, dsn4 N, dsn8 N, ssn N, dll N, fin,
// sum (there is a checksum), nosum, badsum, fail N, fastclose, badfastclose, reset REASON, forged (other octets than
// those of the stream), pos N (octets of the stream from another position). A mapping whose ssn or dll is left out
// fits its segment.
//
// What the stack sends in answer is written in the same notation.
type rawPeer struct {
	t         testingT
	n         *testNet
	host      *tapped
	c         *Conn
	app       *endpoint
	sub       []rawSubflow
	key       uint64 // of the peer
	idsn      uint64
	sum       bool
	stream    uint32 // of the peer's octets
	forged    uint32
	out       strings.Builder
	settle    unit.Duration
	edge      uint64 // largest right edge that the stack has told
	dack      uint64 // largest DATA_ACK
	quiet     bool   // the stack's segments are not written
	joinOn    int    // subflow on which the stack's last join came
	joinNonce uint32
	windows   bool   // write the stack's windows
	window    uint16 // of the peer, where nothing else is said
}

// rawSubflow is the peer's view of a subflow.
type rawSubflow struct {
	addr     wire.Addr
	port     uint16
	iss, irs uint32
	far      wire.Addr
	farPort  uint16
	scale    uint8 // of the stack's window
}

const rawPort = 4000

// newRawPeer makes a world for a peer with four addresses; the stack under test is configured by c.
func newRawPeer(t testingT, c Config, streams tcp.Config) *rawPeer {
	easy := pathConfig{rate: 100 * unit.MbitPerSecond, delay: unit.Millisecond}
	n, ch, _ := newNet(t, netConfig{seed: 1, paths: []pathConfig{easy, easy, easy, easy}, server: c, tcp: streams,
		plainClient: true})
	r := &rawPeer{t: t, n: n, host: ch, key: probeKey, settle: 60 * unit.Millisecond, window: 65535}
	contents := n.net.Contents()
	contents.MayBeForged()
	r.stream, r.forged = contents.New(), contents.New()
	ch.drop = func(sim.Time, *wire.Segment) bool { return true } // the host's own TCP is mute
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		if !up {
			r.sent(g)
		}
	})
	n.ss.SetObserver(rawObserver{r})
	return r
}

// rawObserver writes what becomes of the connection.
type rawObserver struct{ r *rawPeer }

func (rawObserver) DataArrived(sim.Time, *Conn, uint32, uint64, uint64, bool)     {}
func (rawObserver) Reinjected(sim.Time, *Conn, uint32, uint64, uint64)            {}
func (rawObserver) SubflowChanged(sim.Time, *Conn, uint32, SubflowChange, string) {}
func (o rawObserver) FellBack(_ sim.Time, _ *Conn, reason string)                 { o.r.print("fallback: " + reason) }
func (o rawObserver) ConnectionChanged(_ sim.Time, _ *Conn, s State)              { o.r.print(s.String()) }

func (r *rawPeer) print(line string) {
	if !r.quiet {
		r.out.WriteString(line + "\n")
	}
}

// do carries out the commands, one a line, and returns what was written meanwhile.
func (r *rawPeer) do(commands string) string {
	r.t.Helper()
	r.out.Reset()
	for _, line := range strings.Split(commands, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if f := strings.Fields(line); len(f) > 0 {
			r.command(f)
		}
	}
	return r.out.String()
}

func (r *rawPeer) command(f []string) {
	r.t.Helper()
	now := r.n.w.Now()
	switch f[0] {
	case "open":
		r.open(f[1:])
	case "space":
		r.print(fmt.Sprintf("una %d, space %d of %d", r.c.snd.Una(), r.c.SendSpace(), r.c.snd.Size()))
		return
	case "quiet":
		r.quiet = true
		return
	case "accept":
		r.accept()
	case "windows":
		r.windows = true
		return
	case "join":
		r.join(int(number(r.t, f[1])))
	case "peer":
		r.peer(f[1:])
	case "app":
		r.call(now, f[1:])
	case "wait":
		d, err := unit.ParseDuration(f[1])
		if err != nil {
			r.t.Fatal(err)
		}
		r.n.run(d)
		return
	case "state":
		r.quiet = false
		r.print(fmt.Sprintf("%v una %d nxt %d next %d read %d subflows %d", r.c.State(), r.c.snd.Una(), r.c.snd.Nxt(),
			r.c.rcv.Next(), r.app.read, r.c.Info().Subflows))
		return
	default:
		r.t.Fatalf("no command %q", f[0])
	}
	if f[0] != "peer" || f[len(f)-1] != "&" {
		r.n.run(r.settle)
	}
}

func (r *rawPeer) call(now sim.Time, f []string) {
	switch f[0] {
	case "write":
		r.c.Queue(now, int64(number(r.t, f[1])))
	case "shut":
		r.c.CloseWrite(now)
	case "close":
		r.c.Close(now)
	case "abort":
		r.c.Abort(now)
	case "buffer":
		r.c.SetReceiveBuffer(now, number(r.t, f[1]))
	case "pause":
		r.app.pause = true
	case "read":
		r.app.pause = false
		r.app.drain(now)
	default:
		r.t.Fatalf("no call %q", f[0])
	}
}

func number(t testingT, s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (r *rawPeer) accepted(now sim.Time, c *Conn) {
	r.c = c
	r.app = &endpoint{t: r.t, s: c, name: "stack", keepOpen: true, forged: true}
	r.app.start(now)
}

// open makes the first subflow.
func (r *rawPeer) open(f []string) {
	passive := false
	for i, o := range f {
		passive = passive || o == "passive"
		r.sum = r.sum || o == "sum"
		if o == "win" {
			r.window = uint16(number(r.t, f[i+1]))
		}
	}
	r.quiet = true
	n := r.n
	s := rawSubflow{addr: n.client.Addrs()[0], port: rawPort, iss: 1000, far: n.server.Addrs()[0], farPort: serverPort}
	r.sub = append(r.sub, s)
	flags := wire.CapableHMACSHA
	if r.sum {
		flags |= wire.CapableChecksum
	}
	r.idsn = wire.IDSN(r.key, 1)
	if passive {
		r.accepted(n.w.Now(), must(n.ss.Dial(n.w.Now(), s.far, s.addr, rawPort)))
		n.run(r.settle)
		r.inject(0, capable(wire.SYN|wire.ACK, s.iss, r.sub[0].irs+1, wire.Capable{Form: wire.CapableKey, Version: 1,
			Flags: flags, SenderKey: r.key}))
	} else {
		must(0, n.ss.Listen(wire.Addr{}, serverPort, r.accepted))
		r.inject(0, capable(wire.SYN, s.iss, 0, wire.Capable{Form: wire.CapableSYN, Version: 1, Flags: flags}))
		n.run(r.settle)
		key := r.lastCapable()
		r.inject(0, capable(wire.ACK, s.iss+1, r.sub[0].irs+1, wire.Capable{Form: wire.CapableKeys, Version: 1,
			Flags: flags, SenderKey: r.key, ReceiverKey: key}))
	}
	n.run(r.settle)
	if r.c == nil {
		r.t.Fatal("no connection")
	}
	r.sum = r.c.sum
	r.quiet = false
}

// lastCapable returns the key of the stack's SYN/ACK: that of its only connection.
func (r *rawPeer) lastCapable() (key uint64) {
	r.n.ss.EachConn(func(c *Conn) bool { key = c.localKey; return true })
	return key
}

// join opens a subflow from the i-th address.
func (r *rawPeer) join(i int) {
	n := r.n
	s := rawSubflow{addr: n.client.Addrs()[i], port: uint16(rawPort + len(r.sub)), iss: uint32(1000 * (len(r.sub) + 1)),
		far: n.server.Addrs()[0], farPort: serverPort}
	at := len(r.sub)
	r.sub = append(r.sub, s)
	r.quiet = true
	g := wire.Segment{Flags: wire.SYN, Seq: s.iss, Opts: wire.OptJoin,
		Join: wire.Join{Form: wire.JoinSYN, Token: r.c.localToken, Nonce: 77, AddrID: uint8(i)}}
	r.inject(at, g)
	n.run(r.settle)
	far := r.c.subs[len(r.c.subs)-1]
	r.inject(at, wire.Segment{Flags: wire.ACK, Seq: s.iss + 1, Ack: r.sub[at].irs + 1, Opts: wire.OptJoin,
		Join: wire.Join{Form: wire.JoinACK, HMAC: wire.JoinHMAC(r.key, r.c.localKey, 77, far.nonce, 1)}})
	n.run(r.settle)
	r.quiet = false
}

// accept answers the stack's join on the subflow that its SYN went to.
func (r *rawPeer) accept() {
	s := &r.sub[r.joinOn]
	s.iss += 10_000
	mac := wire.JoinHMAC(r.key, r.c.localKey, 88, r.joinNonce, 1)
	g := wire.Segment{Flags: wire.SYN | wire.ACK, Seq: s.iss, Ack: s.irs + 1, Opts: wire.OptJoin,
		Join: wire.Join{Form: wire.JoinSYNACK, Nonce: 88}}
	copy(g.Join.HMAC[:8], mac[:8])
	r.inject(r.joinOn, g)
	r.n.run(r.settle)
	r.inject(r.joinOn, wire.Segment{Flags: wire.ACK, Seq: s.iss + 1, Ack: s.irs + 1})
}

// inject puts a segment of the i-th subflow on the way.
func (r *rawPeer) inject(i int, g wire.Segment) {
	s := &r.sub[i]
	g.Src, g.Dst, g.SrcPort, g.DstPort, g.TTL = s.addr, s.far, s.port, s.farPort, 64
	if g.Window == 0 {
		g.Window = r.window
	}
	if g.Payload.Len == 0 {
		g.Payload = wire.Payload{}
	}
	id, to := r.n.net.NewPacket()
	*to = g
	path := must(r.host.Path(g.Src, g.Dst, g.SrcPort, g.DstPort))
	r.host.Host.Send(r.n.w.Now(), id, path, g.WireLen())
}

// peer sends the segment that the words describe.
func (r *rawPeer) peer(f []string) {
	r.t.Helper()
	at := 0
	if f[0][0] >= '0' && f[0][0] <= '9' {
		at = int(number(r.t, f[0]))
		f = f[1:]
	}
	s := &r.sub[at]
	g := wire.Segment{Flags: rawFlags(f[0])}
	var seq, length int64
	if _, err := fmt.Sscanf(f[1], "%d(%d)", &seq, &length); err != nil {
		r.t.Fatalf("%q: want SEQ(LEN)", f[1])
	}
	g.Seq = s.iss + uint32(seq)
	g.Payload = wire.Payload{Stream: r.stream, Pos: uint64(seq - 1), Len: uint32(length)}
	a := rawArgs{r: r, g: &g, seq: seq, length: length, words: f[2:], ssn: seq, dll: length, hasSum: r.sum}
	a.parse(s)
	r.inject(at, g)
}

func rawFlags(letters string) (f wire.Flags) {
	for _, l := range letters {
		switch l {
		case 'S':
			f |= wire.SYN
		case 'F':
			f |= wire.FIN
		case 'R':
			f |= wire.RST
		case 'P':
			f |= wire.PSH
		case '.', 'A':
			f |= wire.ACK
		case 'U':
			f |= wire.URG
		}
	}
	return f
}

// rawArgs reads the words behind the sequence number.
type rawArgs struct {
	r           *rawPeer
	g           *wire.Segment
	words       []string
	seq, length int64
	ssn, dll    int64
	pos         int64
	hasPos      bool
	hasSum, bad bool
}

func (a *rawArgs) next() int64 {
	n := number(a.r.t, a.words[1])
	a.words = a.words[1:]
	return n
}

func (a *rawArgs) parse(s *rawSubflow) {
	r, g, d := a.r, a.g, &a.g.DSS
	if g.Flags&wire.ACK != 0 {
		g.Ack = s.irs + 1
	}
	for ; len(a.words) > 0; a.words = a.words[1:] {
		switch w := a.words[0]; w {
		case "&":
		case "ack":
			g.Ack = s.irs + uint32(a.next())
		case "win":
			g.Window = uint16(a.next())
		case "dack4", "dack8":
			g.Opts |= wire.OptDSS
			d.Flags |= wire.DSSAck
			d.DataAck = r.c.localIDSN + uint64(a.next())
			if w == "dack8" {
				d.Flags |= wire.DSSAck8
			}
		case "dsn4", "dsn8":
			g.Opts |= wire.OptDSS
			d.Flags |= wire.DSSMap
			n := a.next()
			d.DSN = r.idsn + uint64(n)
			if !a.hasPos {
				a.pos, a.hasPos = n-1, true
			}
			if w == "dsn8" {
				d.Flags |= wire.DSSMap8
			}
		case "ssn":
			a.ssn = a.next()
		case "dll":
			a.dll = a.next()
		case "fin":
			d.Flags |= wire.DSSFin
		case "sum":
			a.hasSum = true
		case "nosum":
			a.hasSum = false
		case "badsum":
			a.bad = true
		case "dssflags":
			g.Opts |= wire.OptDSS
			d.Flags = uint8(a.next())
		case "forged":
			g.Payload.Stream = r.forged
		case "pos":
			a.pos, a.hasPos = a.next(), true
		default:
			a.parseSignal(w)
		}
	}
	a.finish()
}

func (a *rawArgs) parseSignal(w string) {
	r, g := a.r, a.g
	switch w {
	case "fail":
		g.Opts |= wire.OptFail
		g.FailDSN = r.c.localIDSN + uint64(a.next())
	case "fastclose", "badfastclose":
		g.Opts |= wire.OptFastClose
		g.FastCloseKey = r.c.localKey
		if w != "fastclose" {
			g.FastCloseKey++
		}
	case "reset":
		g.Opts |= wire.OptReset
		g.Reset.Reason = uint8(a.next())
	default:
		r.t.Fatalf("no option %q", w)
	}
}

// finish settles what depends on several words: the octets, the mapping and its checksum.
func (a *rawArgs) finish() {
	g, d := a.g, &a.g.DSS
	if a.hasPos { // the octets that the mapping puts at the segment's place
		g.Payload.Pos = uint64(a.pos + a.seq - a.ssn)
	}
	if d.Flags&wire.DSSMap == 0 {
		return
	}
	data := a.dll
	if d.Flags&wire.DSSFin != 0 && a.dll == a.length && a.length > 0 {
		a.dll++ // dll left out: data and DATA_FIN
	} else if d.Flags&wire.DSSFin != 0 {
		data--
	}
	if a.length == 0 && d.Flags&wire.DSSFin != 0 {
		a.ssn, a.dll, data = 0, 1, 0
	}
	d.SSN, d.Len = uint32(a.ssn), uint16(a.dll)
	if a.hasSum {
		d.Flags |= wire.DSSSum
		if d.Len > 0 {
			sum := a.r.n.net.Contents().Sum(wire.Payload{Stream: a.r.stream, Pos: uint64(a.pos), Len: uint32(data)})
			d.Checksum = wire.DSSChecksum(d.DSN, d.SSN, d.Len, sum)
		}
		if a.bad {
			d.Checksum ^= 0x0101
		}
	}
	if d.Flags&wire.DSSMap8 == 0 {
		d.DSN = uint64(uint32(d.DSN))
	}
}

// sent takes a segment of the stack.
func (r *rawPeer) sent(g *wire.Segment) {
	at := -1
	for i := range r.sub {
		if r.sub[i].addr == g.Dst && r.sub[i].port == g.DstPort {
			at = i
		}
	}
	if at < 0 {
		r.t.Fatalf("the stack sends to %v:%d", g.Dst.Netip(), g.DstPort)
	}
	s := &r.sub[at]
	if g.Flags&wire.SYN != 0 {
		s.irs, s.farPort = g.Seq, g.SrcPort
		if g.Opts&wire.OptJoin != 0 && g.Join.Form == wire.JoinSYN {
			r.joinOn, r.joinNonce = at, g.Join.Nonce
		}
		if g.Opts&wire.OptWindowScale == 0 {
			s.scale = 0
		}
	}
	r.watch(g)
	r.print(r.text(at, g))
}

// watch holds what must be so on the wire at all times: DATA_ACKs and the window's right edge do not go back.
func (r *rawPeer) watch(g *wire.Segment) {
	if r.c == nil || r.c.plain || g.Flags&wire.RST != 0 || g.Opts&wire.OptDSS == 0 || g.DSS.Flags&wire.DSSAck == 0 {
		return
	}
	ack := g.DSS.DataAck
	if g.DSS.Flags&wire.DSSAck8 == 0 {
		ack = unwrap32(r.idsn+r.dack, uint32(ack))
	}
	ack -= r.idsn
	edge := ack + uint64(g.Window)
	if ack < r.dack || edge < r.edge {
		r.t.Fatalf("DATA_ACK %d after %d, right edge %d after %d", ack, r.dack, edge, r.edge)
	}
	r.dack, r.edge = ack, edge
}

// text writes a segment of the stack.
func (r *rawPeer) text(at int, g *wire.Segment) string {
	var b strings.Builder
	s := &r.sub[at]
	fmt.Fprintf(&b, "%d ", at)
	for i, bit := range []wire.Flags{wire.SYN, wire.FIN, wire.RST, wire.PSH, wire.ACK} {
		if g.Flags&bit != 0 {
			b.WriteByte("SFRP."[i])
		}
	}
	fmt.Fprintf(&b, " %d(%d)", g.Seq-s.irs, g.Payload.Len)
	if g.Flags&wire.ACK != 0 {
		fmt.Fprintf(&b, " ack %d", g.Ack-s.iss)
	}
	if r.windows {
		fmt.Fprintf(&b, " win %d", g.Window)
	}
	if g.Opts&wire.OptCapable != 0 {
		fmt.Fprintf(&b, " capable%d", g.Capable.Form)
		if g.Capable.Form >= wire.CapableData {
			fmt.Fprintf(&b, " dll %d", g.Capable.DataLen)
		}
	}
	if g.Opts&wire.OptJoin != 0 {
		fmt.Fprintf(&b, " join%d", g.Join.Form)
	}
	if g.Opts&wire.OptDSS != 0 {
		b.WriteString(r.textDSS(&g.DSS))
	}
	if g.Opts&wire.OptFail != 0 {
		fmt.Fprintf(&b, " fail %d", g.FailDSN-r.idsn)
	}
	if g.Opts&wire.OptFastClose != 0 {
		b.WriteString(" fastclose")
		if g.FastCloseKey != r.key {
			b.WriteString(" of another key")
		}
	}
	if g.Opts&wire.OptReset != 0 {
		fmt.Fprintf(&b, " reset %d", g.Reset.Reason)
	}
	return b.String()
}

func (r *rawPeer) textDSS(d *wire.DSS) string {
	var b strings.Builder
	if d.Flags&wire.DSSAck8 != 0 {
		fmt.Fprintf(&b, " dack8 %d", d.DataAck-r.idsn)
	} else if d.Flags&wire.DSSAck != 0 {
		fmt.Fprintf(&b, " dack4 %d", uint32(d.DataAck-r.idsn))
	}
	if d.Flags&wire.DSSMap != 0 {
		if d.Flags&wire.DSSMap8 != 0 {
			fmt.Fprintf(&b, " dsn8 %d", d.DSN-r.c.localIDSN)
		} else {
			fmt.Fprintf(&b, " dsn4 %d", uint32(d.DSN-r.c.localIDSN))
		}
		fmt.Fprintf(&b, " ssn %d dll %d", d.SSN, d.Len)
	}
	if d.Flags&wire.DSSSum != 0 {
		b.WriteString(" sum")
	}
	if d.Flags&wire.DSSFin != 0 {
		b.WriteString(" fin")
	}
	return b.String()
}
