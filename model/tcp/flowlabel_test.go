package tcp

import (
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// labelHost is in a network that looks at flow labels; it notes those that it is asked about.
type labelHost struct {
	*testHost
	asked []uint32
}

func (h *labelHost) Labels() bool { return true }
func (h *labelHost) LabelPath(src, dst wire.Addr, sport, dport uint16, label uint32) (link.Path, error) {
	h.asked = append(h.asked, label)
	return h.Path(src, dst, sport, dport)
}

// newLabelNet is a testNet in which a's network looks at labels.
func newLabelNet(t *testing.T, a, b string) (*testNet, *labelHost) {
	c := duplex(10*unit.MbitPerSecond, 10*unit.Millisecond)
	n := newTestNet(t, 1, c, c, Config{}, Config{})
	n.a.addr, n.b.addr = addr(a), addr(b)
	h := &labelHost{testHost: n.a}
	n.sa.host = h
	return n, h
}

// TestFlowLabel: every segment has its connection's label; where a path fails, a timeout finds another one,
// for a SYN as for data.
func TestFlowLabel(t *testing.T) {
	for _, failAfter := range []int{0, 1, 50} {
		n, h := newLabelNet(t, "fd00::1", "fd00::2")
		sent, broken := 0, uint32(0)
		n.a.filter = func(_ sim.Time, seg *wire.Segment) bool {
			if now := h.asked[len(h.asked)-1]; seg.FlowLabel != now || now == 0 || now >= 1<<flowLabelBits {
				t.Fatalf("a segment has label %#x, the path was asked for with %#x", seg.FlowLabel, now)
			}
			if sent == failAfter {
				broken = seg.FlowLabel
			}
			sent++
			return broken == 0 || seg.FlowLabel != broken
		}
		a, b := n.connect(1_000_000, 1000)
		n.run(30 * unit.Second)
		if b.read != 1_000_000 || a.read != 1000 || !a.eof || !b.eof {
			t.Errorf("failure after %d segments: %d and %d octets read", failAfter, b.read, a.read)
		}
		if len(h.asked) < 2 {
			t.Errorf("failure after %d segments: labels %v", failAfter, h.asked)
		}
	}
}

// Without timeouts the label stays, and IPv4 has none.
func TestFlowLabelStays(t *testing.T) {
	n, h := newLabelNet(t, "fd00::1", "fd00::2")
	n.connect(100_000, 100_000)
	n.run(10 * unit.Second)
	if len(h.asked) != 1 {
		t.Errorf("labels %v", h.asked)
	}
	n, h = newLabelNet(t, "10.0.0.1", "10.0.0.2")
	n.a.sent = func(_ sim.Time, seg *wire.Segment) {
		if seg.FlowLabel != 0 {
			t.Errorf("an IPv4 segment with label %#x", seg.FlowLabel)
		}
	}
	n.connect(1000, 1000)
	n.run(10 * unit.Second)
	if len(h.asked) != 0 {
		t.Errorf("labels %v for IPv4", h.asked)
	}
}
