package tcp

import (
	"encoding/binary"
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// FuzzReceive throws arbitrary segments at one endpoint in any state, with application calls and pauses
// between them. The first octet chooses how the endpoint is opened, the second its options; then come steps
// of sixteen octets. See receiveFuzz.check for what must hold.
func FuzzReceive(f *testing.F) {
	step := func(op, flags byte, seq int32, options byte, n uint16, ack int32, extra byte) []byte {
		b := []byte{op, flags}
		b = binary.BigEndian.AppendUint32(b, uint32(seq))
		b = append(b, options, extra)
		b = binary.BigEndian.AppendUint16(b, n)
		b = binary.BigEndian.AppendUint32(b, uint32(ack))
		return append(b, 0x40, 0)
	}
	join := func(open, options byte, steps ...[]byte) []byte {
		b := []byte{open, options}
		for _, s := range steps {
			b = append(b, s...)
		}
		return b
	}
	data := step(0, 0x10, 0, 0, 900, 0, 0)
	ahead := step(0, 0x10, 1800, 0, 900, 0, 0)
	overlap := step(0, 0x10, -300, 0, 1500, 0, 0)
	fin := step(0, 0x11, 0, 0, 10, 0, 0)
	write := step(1, 0, 0, 0, 9000, 0, 0)
	sack := step(0, 0x10, 0, 2, 0, 0, 9)
	for open := range byte(fuzzOpenings) {
		for _, options := range []byte{0, 0xff, 0x0f} {
			f.Add(join(open, options, data, ahead, overlap, write, sack, fin))
		}
		f.Add(join(open, 3, write, step(0, 0x10, 0, 0, 0, 3000, 0), step(4, 0, 0, 0, 0, 0, 200), fin, data))
		f.Add(join(open, 1, step(2, 0, 0, 0, 0, 0, 0), data, fin, step(0, 0x14, 0, 0, 0, 0, 0)))
		f.Add(join(open, 2, step(3, 0, 0, 0, 0, 0, 0), step(0, 0x02, 70000, 1, 100, 0, 0), data))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 2 || len(b) > 2+16*48 {
			return
		}
		x := newReceiveFuzz(t, b[0]%fuzzOpenings, b[1])
		for b = b[2:]; len(b) >= 16; b = b[16:] {
			x.step(b[:16])
			x.check()
		}
		x.w.Run(x.w.Now().Add(3 * unit.Hour))
		x.check()
	})
}

// Ways to open the endpoint.
const (
	openDial        = iota // SYN-SENT
	openPassive            // SYN-RECEIVED
	openFastPassive        // SYN-RECEIVED with data taken
	openClient             // ESTABLISHED
	openServer
	openClosing   // FIN-WAIT-1
	openFinWait   // FIN-WAIT-2
	openCloseWait // CLOSE-WAIT
	openTimeWait
	openCrossed // SYN-RECEIVED by a simultaneous open
	fuzzOpenings
)

// receiveFuzz is one endpoint, what was sent to it, and what it has shown so far.
type receiveFuzz struct {
	t     *testing.T
	w     *sim.World
	net   *link.Net
	host  *fuzzHost
	s     *Stack
	st    *Stream
	given map[uint64]bool // offsets of octets that any segment brought; a FIN counts as one
	read  uint64

	e        *Endpoint
	una, nxt uint64 // greatest seen
	edge     uint64 // of the window advertised
	sent     int
	iss      uint32
}

type fuzzHost struct {
	x       *receiveFuzz
	comp    sim.Component
	handler func(now sim.Time, p link.PacketID, iface int32)
}

func (h *fuzzHost) Name() string                                        { return "host" }
func (h *fuzzHost) Component() sim.Component                            { return h.comp }
func (h *fuzzHost) Path(_, _ wire.Addr, _, _ uint16) (link.Path, error) { return link.Path{}, nil }
func (h *fuzzHost) SetHandler(f func(sim.Time, link.PacketID, int32))   { h.handler = f }
func (h *fuzzHost) Send(_ sim.Time, p link.PacketID, _ link.Path, _ int) {
	h.x.outgoing(h.x.net.Segment(p))
	h.x.net.Free(p)
}

const fuzzContent = 1 << 20 // content stream of what the peer sends

func newReceiveFuzz(t *testing.T, open, options byte) *receiveFuzz {
	x := &receiveFuzz{t: t, w: sim.NewWorld(3), given: map[uint64]bool{}}
	x.net = link.NewNet(x.w)
	x.host = &fuzzHost{x: x, comp: x.w.Component("host")}
	on := func(bit byte) Switch {
		if options&bit != 0 {
			return On
		}
		return Off
	}
	c := Config{Timestamps: on(1), SACK: on(2), WindowScaling: on(4), ECN: on(8), RACK: on(16), Pacing: on(32),
		FastOpen: FastOpenServer | FastOpenServerNoCookie, ReceiveBuffer: 6000}
	if options&64 != 0 {
		c.Profile = "rfc"
	}
	x.s = NewStack(x.w, x.net, x.host, c)
	err := x.s.ListenStream(wire.Addr{}, 80, func(_ sim.Time, s *Stream) { x.attach(s) })
	if err != nil {
		t.Fatal(err)
	}
	if open == openFastPassive {
		if err := x.s.SetFastOpenQueue(wire.Addr{}, 80, 3); err != nil {
			t.Fatal(err)
		}
	}
	x.open(open)
	return x
}

func (x *receiveFuzz) attach(s *Stream) {
	if x.st == nil {
		x.st = s
		x.e = s.e
	}
}

// open brings the endpoint into the state.
func (x *receiveFuzz) open(how byte) {
	const acked = wire.ACK
	switch how {
	case openPassive, openFastPassive, openServer:
		x.segment(wire.SYN, 0, 0, 300, 0)
		if how == openServer {
			x.segment(acked, 1, 1, 0, 0)
		}
	default:
		st, err := x.s.DialStream(0, addr("10.0.0.1"), addr("10.0.0.2"), 80)
		if err != nil {
			x.t.Fatal(err)
		}
		x.attach(st)
	}
	switch how {
	case openCrossed:
		x.segment(wire.SYN, 0, 0, 0, 0)
	case openClient, openClosing, openFinWait, openCloseWait, openTimeWait:
		x.segment(wire.SYN|acked, 0, 1, 0, 0)
	}
	switch how {
	case openClosing, openFinWait, openTimeWait:
		x.st.CloseWrite(x.w.Now())
		if how != openClosing {
			x.segment(acked, 1, 2, 0, 0)
		}
		if how == openTimeWait {
			x.segment(acked|wire.FIN, 1, 2, 0, 0)
		}
	case openCloseWait:
		x.segment(acked|wire.FIN, 1, 1, 0, 0)
	}
	x.check()
}

// endpoint returns the endpoint under test, or nil once it is gone.
func (x *receiveFuzz) endpoint() *Endpoint {
	var found *Endpoint
	x.s.EachEndpoint(func(e *Endpoint) bool { found = e; return false })
	return found
}

const fuzzIRS = 5000

// segment delivers a segment of n octets with offsets relative to both initial sequence numbers.
func (x *receiveFuzz) segment(flags wire.Flags, seq, ack uint64, n uint32, options byte) {
	e := x.endpoint()
	p, seg := x.net.NewPacket()
	seg.Src, seg.Dst, seg.SrcPort, seg.DstPort, seg.TTL = addr("10.0.0.2"), addr("10.0.0.1"), 4000, 80, 64
	irs, iss := uint32(fuzzIRS), uint32(0)
	if e != nil {
		_, seg.DstPort = e.Local()
		_, seg.SrcPort = e.Remote()
		iss = e.iss
		if e.state != StateSynSent {
			irs = e.irs
		}
	}
	seg.Flags, seg.Seq, seg.Ack, seg.Window = flags, irs+uint32(seq), iss+uint32(ack), 9000
	seg.Payload = wire.Payload{Stream: fuzzContent, Len: n}
	first := seq
	if flags&wire.SYN != 0 {
		first++
		seg.Opts |= wire.OptMSS
		seg.MSS = 1000
		if options&1 == 0 {
			seg.Opts |= wire.OptTimestamps | wire.OptSACKPermitted | wire.OptWindowScale
			seg.WindowScale = options >> 4
		}
	}
	seg.Payload.Pos = first - 1
	for i := range uint64(n) {
		x.given[first+i] = true
	}
	if flags&wire.FIN != 0 {
		x.given[first+uint64(n)] = true
	}
	if e != nil && e.tsOK && options&1 == 0 {
		seg.Opts |= wire.OptTimestamps
		seg.TSVal, seg.TSEcr = e.ts.recent+uint32(options>>5), e.ts.value(x.s, x.w.Now())
	}
	if options&2 != 0 && flags&wire.SYN == 0 {
		seg.Opts |= wire.OptSACK
		seg.SACKN = 1 + options>>6
		for i := range seg.SACK {
			left := seg.Ack + uint32(options>>2)*uint32(i*300+100)
			seg.SACK[i] = wire.Block{Left: left, Right: left + uint32(i+1)*500}
		}
	}
	if n == 0 {
		seg.Payload = wire.Payload{}
	}
	x.host.handler(x.w.Now(), p, 0)
}

// step does what sixteen octets say: operation, flags, distance of the sequence number from RCV.NXT,
// options, an octet more, length, distance of the acknowledgement from SND.UNA.
func (x *receiveFuzz) step(b []byte) {
	now, e := x.w.Now(), x.endpoint()
	n := binary.BigEndian.Uint16(b[8:])
	switch b[0] % 6 {
	case 0:
		var seq, ack uint64
		if e != nil {
			seq = e.rcv.nxt + uint64(int64(int32(binary.BigEndian.Uint32(b[2:]))))
			ack = e.snd.una + uint64(int64(int32(binary.BigEndian.Uint32(b[10:]))))
		}
		x.segment(wire.Flags(b[1])&0x1ff, seq, ack, uint32(n%2000), b[6])
	case 1:
		if x.st != nil {
			x.st.Queue(now, min(x.st.SendSpace(), int64(n)))
		}
	case 2:
		if x.st != nil && b[7]&1 == 0 {
			x.st.CloseWrite(now)
		} else if x.st != nil {
			x.st.Close(now)
		}
	case 3:
		x.readAll(int64(n))
	case 4:
		x.w.Run(now.Add(unit.Duration(b[7]) * 7 * unit.Millisecond))
	case 5:
		if x.st != nil && b[7] == 77 {
			x.st.Abort(now)
		} else if x.st != nil {
			x.st.SetCork(now, b[7]&1 != 0)
			x.st.SetMore(b[7]&2 != 0)
		}
	}
}

// readAll reads at most n octets: what is read is what was given, in order.
func (x *receiveFuzz) readAll(n int64) {
	for x.st != nil && n > 0 && x.st.Readable() > 0 {
		p := x.st.Read(x.w.Now(), n)
		if p.Stream != fuzzContent || p.Pos != x.read {
			x.t.Fatalf("read content %d from %d on, want %d from %d on", p.Stream, p.Pos, fuzzContent, x.read)
		}
		x.read += uint64(p.Len)
		n -= int64(p.Len)
	}
}
