package tcp

import (
	"testing"

	"mpsim/sim/unit"
)

func TestTransfer(t *testing.T) {
	c := duplex(10_000_000, 10*unit.Millisecond)
	n := newTestNet(t, 1, c, c, Config{}, Config{})
	a, b := n.connect(3_000_000, 100_000)
	n.run(10 * unit.Second)
	t.Logf("%+v", a.s.Info())
	t.Logf("%+v", b.s.Info())
	if b.read != 3_000_000 || a.read != 100_000 || !a.eof || !b.eof {
		t.Fatalf("b read %d, a read %d, eof %v %v", b.read, a.read, a.eof, b.eof)
	}
}
