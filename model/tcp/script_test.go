package tcp

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// script runs one endpoint against segments written by hand. The files in testdata show what goes in
// and, below the line, what comes out: "-rewrite" writes it anew, to be read before it is kept.
//
//	new [role=client|server] [established] [option=value ...]   starts over; see configure
//	in FLAGS [seq=] [ack=] [win=] [len=] [sack=l:r,l:r] [ts=val/echo] [mss=] [ws=] [sackok] [ce]
//	run DURATION        lets time pass
//	write N, read [N], fin, close, abort, nodelay, cork on|off, keepalive on, usertimeout D
//	info FIELD ...      prints fields of Info
//
// Numbers are relative to the initial sequence numbers; FLAGS are of "SFRP.EC" ("." is ACK).
type script struct {
	t    *testing.T
	w    *sim.World
	net  *link.Net
	host *scriptHost
	s    *Stack
	st   *Stream
	out  strings.Builder
	read bool // the application reads at once
}

const scriptISN = 1000 // of the peer

type scriptHost struct {
	x       *script
	comp    sim.Component
	handler func(now sim.Time, p link.PacketID, iface int32)
}

func (h *scriptHost) Name() string                                        { return "host" }
func (h *scriptHost) Component() sim.Component                            { return h.comp }
func (h *scriptHost) Path(_, _ wire.Addr, _, _ uint16) (link.Path, error) { return link.Path{}, nil }
func (h *scriptHost) SetHandler(f func(sim.Time, link.PacketID, int32))   { h.handler = f }
func (h *scriptHost) Send(now sim.Time, p link.PacketID, _ link.Path, size int) {
	seg := h.x.net.Segment(p)
	if size > 1500 {
		h.x.t.Errorf("packet of %d octets", size)
	}
	h.x.print(now, seg)
	h.x.net.Free(p)
}

func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		x := &script{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			x.t = t
			x.out.Reset()
			x.do(d)
			for line := range strings.Lines(d.Input) {
				x.line(d, strings.TrimSpace(line))
			}
			if x.out.Len() == 0 {
				return "nothing\n"
			}
			return x.out.String()
		})
	})
}

// do runs a command of a test case, line one of its input lines, which are commands as well.
func (x *script) do(d *datadriven.TestData) {
	var f []string
	for _, a := range d.CmdArgs {
		f = append(f, a.Key)
		if len(a.Vals) > 0 {
			f[len(f)-1] += "=" + strings.Join(a.Vals, ",")
		}
	}
	x.command(d, d.Cmd, f)
}

func (x *script) line(d *datadriven.TestData, line string) {
	if f := strings.Fields(line); len(f) > 0 {
		x.command(d, f[0], f[1:])
	}
}

func (x *script) command(d *datadriven.TestData, cmd string, f []string) {
	now := sim.Time(0)
	if x.w != nil {
		now = x.w.Now()
	}
	switch cmd {
	case "new":
		x.start(d, f)
	case "in":
		x.in(d, f)
	case "run":
		x.w.Run(now.Add(x.duration(d, f[0])))
	case "write":
		x.st.Queue(now, x.number(d, f[0]))
	case "read":
		x.readAll(now)
	case "fastopen":
		x.fastOpen(d, f)
	case "more":
		x.st.SetMore(f[0] == "on")
	case "record":
		x.st.EndRecord()
	case "fin":
		x.st.CloseWrite(now)
	case "close":
		x.st.Close(now)
	case "abort":
		x.st.Abort(now)
	case "nodelay":
		x.st.SetNoDelay(now, true)
	case "cork":
		x.st.SetCork(now, f[0] == "on")
	case "noread":
		x.read = false
	case "keepalive":
		x.st.e.SetKeepalive(now, true, 10*unit.Second, unit.Second, 3)
	case "usertimeout":
		x.st.SetUserTimeout(now, x.duration(d, f[0]))
	case "info":
		x.info(f)
	default:
		d.Fatalf(x.t, "unknown command %q", cmd)
	}
}

func (x *script) duration(d *datadriven.TestData, s string) unit.Duration {
	v, err := time.ParseDuration(s)
	if err != nil {
		d.Fatalf(x.t, "%v", err)
	}
	return unit.Duration(v)
}

func (x *script) number(d *datadriven.TestData, s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		d.Fatalf(x.t, "%v", err)
	}
	return v
}

func (x *script) readAll(now sim.Time) {
	for x.st.Readable() > 0 {
		p := x.st.Read(now, 1<<30)
		fmt.Fprintf(&x.out, "%s read %d at %d\n", stamp(now), p.Len, p.Pos)
	}
}

func stamp(now sim.Time) string {
	return strconv.FormatFloat(float64(now)/1e9, 'f', 6, 64)
}

// configure translates options of "new".
func (x *script) configure(d *datadriven.TestData, f []string) (c Config, role string, est bool) {
	c = Config{Profile: "rfc", Timestamps: Off, WindowScaling: Off, Pacing: Off, ACKEvery: 2,
		DelayedACK: 40 * unit.Millisecond}
	role = "client"
	on := func(v string) Switch {
		if v == "on" {
			return On
		}
		return Off
	}
	for _, o := range f {
		k, v, _ := strings.Cut(o, "=")
		switch k {
		case "role":
			role = v
		case "established":
			est = true
		case "profile":
			c.Profile = v
			c.DelayedACK = 0
		case "sndbuf":
			c.SendBuffer, c.SendBufferMax = 1<<21, 1<<21
		case "fastopen":
			c.FastOpen = FastOpenFlags(x.number(d, v))
		case "ts":
			c.Timestamps = on(v)
		case "ws":
			c.WindowScaling = on(v)
		case "sack":
			c.SACK = on(v)
		case "rack":
			c.RACK = on(v)
		case "ecn":
			c.ECN, c.ECNPassive = on(v), on(v)
		case "pacing":
			c.Pacing = on(v)
		case "iw":
			c.InitialWindow = int(x.number(d, v))
		case "rcvbuf":
			c.ReceiveBuffer = x.number(d, v)
			c.ReceiveBufferMax = c.ReceiveBuffer
		case "retries":
			c.Retries = int(x.number(d, v))
			c.SYNRetries, c.SYNACKRetries = c.Retries, c.Retries
		case "timewait":
			c.TimeWait = x.duration(d, v)
		default:
			d.Fatalf(x.t, "unknown option %q", o)
		}
	}
	return c, role, est
}

// start makes a host, and an endpoint that dials or a listener; "established" does the handshake unseen, with
// the options that the host would agree to and a round trip of 100 ms.
func (x *script) start(d *datadriven.TestData, f []string) {
	c, role, est := x.configure(d, f)
	*x = script{t: x.t, w: sim.NewWorld(7), read: true}
	x.net = link.NewNet(x.w)
	x.host = &scriptHost{x: x, comp: x.w.Component("host")}
	x.s = NewStack(x.w, x.net, x.host, c)
	accept := func(now sim.Time, s *Stream) { x.attach(s) }
	if err := x.s.ListenStream(wire.Addr{}, 80, accept); err != nil {
		x.t.Fatal(err)
	}
	options := strings.Fields("win=60000 mss=1000 sackok")
	if c.Timestamps == On {
		options = append(options, "ts=1000/0")
	}
	if c.WindowScaling == On {
		options = append(options, "ws=0")
	}
	if role == "client" {
		s, err := x.s.DialStream(0, addr("10.0.0.1"), addr("10.0.0.2"), 80)
		if err != nil {
			x.t.Fatal(err)
		}
		x.attach(s)
		if est {
			x.w.Run(sim.Time(100 * unit.Millisecond))
			x.in(d, append([]string{"S.", "ack=1"}, options...))
		}
	} else if est {
		x.in(d, append([]string{"S"}, options...))
		x.w.Run(sim.Time(100 * unit.Millisecond))
		f := []string{".", "seq=1", "ack=1", "win=60000"}
		if c.Timestamps == On {
			f = append(f, "ts=1100/0")
		}
		x.in(d, f)
	}
	if est {
		x.out.Reset()
	}
}

func (x *script) attach(s *Stream) {
	x.st = s
	s.SetNotify(func(now sim.Time, r Ready) {
		if r&Readable != 0 && x.read {
			x.readAll(now)
		}
		if s.EOF() {
			fmt.Fprintf(&x.out, "%s end of stream\n", stamp(now))
		}
		if r&Hangup != 0 {
			fmt.Fprintf(&x.out, "%s hangup: %v\n", stamp(now), s.Err())
		}
	})
}

var scriptFlags = []struct {
	c byte
	f wire.Flags
}{{'S', wire.SYN}, {'F', wire.FIN}, {'R', wire.RST}, {'P', wire.PSH}, {'.', wire.ACK}, {'E', wire.ECE},
	{'C', wire.CWR}}

// in delivers a segment.
func (x *script) in(d *datadriven.TestData, f []string) {
	p, seg := x.net.NewPacket()
	lport := uint16(80)
	seg.Src, seg.Dst, seg.SrcPort = addr("10.0.0.2"), addr("10.0.0.1"), 80
	iss := uint32(0)
	if x.st != nil && x.st.e != nil {
		_, lport = x.st.e.Local()
		_, seg.SrcPort = x.st.e.Remote()
	} else if e := x.any(); e != nil {
		_, lport = e.Local()
		_, seg.SrcPort = e.Remote()
	} else {
		seg.SrcPort = 4000
	}
	if e := x.any(); e != nil {
		iss = e.ISS()
	}
	seg.DstPort, seg.TTL, seg.Seq, seg.Window = lport, 64, scriptISN, 60000
	for _, r := range scriptFlags {
		if strings.IndexByte(f[0], r.c) >= 0 {
			seg.Flags |= r.f
		}
	}
	for _, o := range f[1:] {
		x.field(d, seg, iss, o)
	}
	x.host.handler(x.w.Now(), p, 0)
}

// any returns the host's endpoint, if it has one.
func (x *script) any() (found *Endpoint) {
	x.s.EachEndpoint(func(e *Endpoint) bool { found = e; return false })
	return found
}

func (x *script) field(d *datadriven.TestData, seg *wire.Segment, iss uint32, o string) {
	k, v, _ := strings.Cut(o, "=")
	num := func() uint32 { return uint32(x.number(d, v)) }
	switch k {
	case "seq":
		seg.Seq = scriptISN + num()
	case "ack":
		seg.Ack = iss + num()
	case "win":
		seg.Window = uint16(num())
	case "len":
		n := num()
		pos := uint64(seg.Seq - scriptISN - 1)
		if seg.Flags&wire.SYN != 0 {
			pos = 0
		}
		seg.Payload = wire.Payload{Stream: 1 << 20, Pos: pos, Len: n}
	case "mss":
		seg.Opts |= wire.OptMSS
		seg.MSS = uint16(num())
	case "ws":
		seg.Opts |= wire.OptWindowScale
		seg.WindowScale = uint8(num())
	case "sackok":
		seg.Opts |= wire.OptSACKPermitted
	case "fo":
		seg.Opts |= wire.OptFastOpen
		b, err := hex.DecodeString(v)
		if err != nil {
			d.Fatalf(x.t, "%v", err)
		}
		seg.FastOpen = wire.NewFastOpen(b)
	case "ce":
		seg.TOS |= 3
	case "ts":
		seg.Opts |= wire.OptTimestamps
		val, echo, _ := strings.Cut(v, "/")
		seg.TSVal = uint32(x.number(d, val))
		seg.TSEcr = uint32(x.number(d, echo))
		if e := x.any(); e != nil {
			seg.TSEcr += e.ts.offset
		}
	case "sack":
		seg.Opts |= wire.OptSACK
		seg.SACKN = 0 // a recycled segment keeps it
		for _, b := range strings.Split(v, ",") {
			l, r, _ := strings.Cut(b, ":")
			seg.SACK[seg.SACKN] = wire.Block{Left: iss + uint32(x.number(d, l)), Right: iss + uint32(x.number(d, r))}
			seg.SACKN++
		}
	default:
		d.Fatalf(x.t, "unknown field %q", o)
	}
}

// print writes a segment that the host sends.
func (x *script) print(now sim.Time, seg *wire.Segment) {
	o := &x.out
	iss, irs, offset := seg.Seq, uint32(scriptISN), uint32(0)
	if e := x.any(); e != nil {
		iss, offset = e.ISS(), e.ts.offset
	}
	fmt.Fprintf(o, "%s ", stamp(now))
	for _, r := range scriptFlags {
		if seg.Flags&r.f != 0 {
			o.WriteByte(r.c)
		}
	}
	fmt.Fprintf(o, " seq=%d", int32(seg.Seq-iss))
	if seg.Flags&wire.ACK != 0 {
		fmt.Fprintf(o, " ack=%d", seg.Ack-irs)
	}
	fmt.Fprintf(o, " win=%d", seg.Window)
	if seg.Payload.Len > 0 {
		fmt.Fprintf(o, " len=%d", seg.Payload.Len)
	}
	if seg.Has(wire.OptMSS) {
		fmt.Fprintf(o, " mss=%d", seg.MSS)
	}
	if seg.Has(wire.OptWindowScale) {
		fmt.Fprintf(o, " ws=%d", seg.WindowScale)
	}
	if seg.Has(wire.OptSACKPermitted) {
		o.WriteString(" sackok")
	}
	if seg.Has(wire.OptTimestamps) {
		fmt.Fprintf(o, " ts=%d/%d", seg.TSVal-offset, seg.TSEcr)
	}
	if seg.Has(wire.OptFastOpen) {
		fmt.Fprintf(o, " fo=%x", seg.FastOpen.Bytes())
		if seg.FastOpen.Exp {
			o.WriteString("/exp")
		}
	}
	if seg.Has(wire.OptSACK) {
		o.WriteString(" sack=")
		for i, b := range seg.SACK[:seg.SACKN] {
			if i > 0 {
				o.WriteByte(',')
			}
			fmt.Fprintf(o, "%d:%d", b.Left-irs, b.Right-irs)
		}
	}
	if seg.TOS&3 != 0 {
		fmt.Fprintf(o, " ecn=%d", seg.TOS&3)
	}
	o.WriteByte('\n')
}

// info prints what the endpoint says of itself.
func (x *script) info(f []string) {
	i := x.st.Info()
	mss := max(i.MSS, 1)
	for n, k := range f {
		if n > 0 {
			x.out.WriteByte(' ')
		}
		v := any("?")
		switch k {
		case "state":
			v = i.State
		case "cwnd":
			v = float64(i.Cwnd) / float64(mss)
		case "ssthresh":
			v = float64(i.Ssthresh) / float64(mss)
			if i.Ssthresh > 1<<40 {
				v = "infinite"
			}
		case "flight":
			v = float64(i.InFlight) / float64(mss)
		case "rto":
			v = time.Duration(i.RTO)
		case "srtt":
			v = time.Duration(i.SRTT)
		case "rttvar":
			v = time.Duration(i.RTTVar)
		case "recovery":
			v = i.Recovery
		case "undone":
			v = i.SpuriousUndone
		case "reorder":
			v = i.ReorderSeen
		case "dsacks":
			v = i.DSACKs
		case "mss":
			v = i.MSS
		case "peerwindow":
			v = i.PeerWindow
		}
		fmt.Fprintf(&x.out, "%s=%v", k, v)
	}
	x.out.WriteByte('\n')
}
