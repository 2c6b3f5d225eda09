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

// addCaptures opens one capture a host, with all its interfaces, or one an interface.
func (w *World) addCaptures(open func(name string) (trace.PacketSink, error), perInterface bool) error {
	for _, h := range w.hosts {
		var sink trace.PacketSink
		for i := range h.topo.NumInterfaces() {
			port := h.topo.Interface(i).Name
			if i == 0 || perInterface {
				name := h.name
				if perInterface {
					name += "." + port
				}
				var err error
				if sink, err = open(name); err != nil {
					return err
				}
			}
			h.topo.SetTap(i, &tap{
				sink: sink, contents: w.net.Contents(), iface: sink.Interface(port),
				fail: w.world.Fail,
			})
		}
	}
	return nil
}
