package build

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/trace"
)

// tap encodes the packets of one interface for a capture.
type tap struct {
	sink     trace.PacketSink
	contents *wire.Contents
	iface    int
	buf      []byte
	fail     func(format string, args ...any)
}

// Packet implements link.Tap.
func (t *tap) Packet(now sim.Time, s *wire.Segment, inbound bool) {
	b, err := s.Append(t.buf[:0], t.contents)
	if err != nil {
		t.fail("a segment does not encode: %v: %s", err, s)
	}
	t.buf = b
	t.sink.Packet(int64(now), t.iface, inbound, b)
}

// addCaptures opens one capture a host, with all its interfaces.
func (w *World) addCaptures(open func(host string) (trace.PacketSink, error)) error {
	for _, h := range w.hosts {
		sink, err := open(h.spec.Name)
		if err != nil {
			return err
		}
		for i := range h.spec.Interfaces {
			h.topo.SetTap(i, &tap{
				sink: sink, contents: w.net.Contents(), iface: sink.Interface(h.spec.Interfaces[i].Name),
				fail: w.world.Fail,
			})
		}
	}
	return nil
}
