package traffic

import (
	"math/bits"

	"mpsim/model/udp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Datagrams at a constant rate (kind CBR): while a flow is on, its n-th packet since then leaves n packet
// times after the first one, exactly; times on and off are exponential. Raiciu et al., NSDI 2011, disturb
// one of two links so.

// emitter is the end of a host that sends datagrams. Nothing of it is seen by the receivers' ends.
type emitter struct {
	end
	flows []*emitting
}

// emitting is one flow. It has an event of its own under the emitter's component.
type emitting struct {
	e       *emitter
	to      int32
	flow    udp.Flow
	stream  uint32
	pos     uint64 // octets of payload sent
	payload uint32 // octets of a datagram
	started sim.Time
	event   sim.EventID
	draw    *sim.Stream // times on and off

	on    bool
	from  sim.Time // when it went on
	until sim.Time // when it goes off; sim.Never
	sent  int64    // datagrams since from
}

func newEmitter(t *Traffic, pairs []Pair) (*emitter, error) {
	g := &t.group
	e := &emitter{}
	e.init(t, pairs[0].From, "send", e)
	from := &g.Hosts[e.host]
	stack, err := from.API.UDP()
	if err != nil {
		return e, err
	}
	p := t.engine.part(e.w)
	starts, times, routes := e.stream("start"), e.stream("on and off"), e.stream("route")
	for _, pair := range pairs {
		to := &g.Hosts[pair.To]
		way := g.route(from, to, routes.Uint64())[0]
		x := &emitting{
			e: e, to: pair.To, stream: stack.Net().Contents().New(), draw: times, started: g.Start,
			payload: uint32(g.Packet - udp.HeaderOctets(way.Local)),
		}
		if g.Jitter > 0 {
			x.started = x.started.Add(unit.Duration(starts.Below(uint64(g.Jitter))))
		}
		if x.flow, err = stack.Open(way.Local, way.Remote, g.Port); err != nil {
			return e, g.fail("%v", err)
		}
		x.event = e.w.NewEvent(p.kind, uint32(len(p.ends)), e.component)
		p.ends = append(p.ends, x)
		e.w.Arm(x.event, x.started)
		e.flows = append(e.flows, x)
	}
	return e, nil
}

// fire is never called: the flows have the events.
func (e *emitter) fire(sim.Time) {}

// fire sends a datagram, or turns the flow on.
func (x *emitting) fire(now sim.Time) {
	g := &x.e.t.group
	if now >= g.stop() {
		return
	}
	if !x.on {
		x.on, x.from, x.until, x.sent = true, now, sim.Never, 0
		if g.Off > 0 {
			x.until = now.Add(max(1, exponential(x.draw, g.On)))
		}
	}
	x.flow.Send(now, wire.Payload{Stream: x.stream, Pos: x.pos, Len: x.payload})
	x.pos += uint64(x.payload)
	x.e.hash.Mix(uint64(now) ^ x.pos<<24)
	x.sent++
	next := x.from.Add(packetTimes(x.sent, g.Packet, g.Rate))
	if next >= x.until {
		x.on = false
		next = max(now, x.until.Add(exponential(x.draw, g.Off)))
	}
	if next < g.stop() {
		x.e.w.Arm(x.event, next)
	}
}

// packetTimes returns how long n packets of so many octets last at a rate, rounded down.
func packetTimes(n int64, octets int, rate unit.Bitrate) unit.Duration {
	hi, lo := bits.Mul64(uint64(n)*8*uint64(octets), uint64(unit.Second))
	q, _ := bits.Div64(hi, lo, uint64(rate))
	return unit.Duration(q)
}

// meter is the end of a host that receives datagrams.
type meter struct {
	end
	records     []received
	known       map[uint32]int32 // places in records, by content stream
	last        int32            // place of the newest datagram's flow
	from, until sim.Time         // of the measuring
}

func newMeter(t *Traffic, host int32) (*meter, error) {
	g := &t.group
	m := &meter{known: map[uint32]int32{}, from: g.MeasureFrom, until: g.stop(), last: -1}
	m.init(t, host, "receive", m)
	stack, err := g.Hosts[host].API.UDP()
	if err != nil {
		return m, err
	}
	if err := stack.Listen(g.Port, m.receive); err != nil {
		return m, g.fail("%v", err)
	}
	return m, nil
}

// fire is never called: a meter plans nothing.
func (m *meter) fire(sim.Time) {}

// receive takes a datagram.
func (m *meter) receive(now sim.Time, d *wire.Segment) {
	stream := d.Payload.Stream
	if m.last < 0 || m.records[m.last].stream != stream {
		place, ok := m.known[stream]
		if !ok {
			place = int32(len(m.records))
			m.known[stream] = place
			m.records = append(m.records, received{stream: stream, accepted: now, first: now, ended: sim.Never})
		}
		m.last = place
	}
	r := &m.records[m.last]
	r.last = now
	r.octets += int64(d.Payload.Len)
	if now >= m.from && now < m.until {
		r.measured += int64(d.Payload.Len)
	}
	m.hash.Mix(uint64(now) ^ d.Payload.Pos<<24 ^ uint64(d.Payload.Len))
}
