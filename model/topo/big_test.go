package topo

import (
	"runtime"
	"testing"
	"time"

	"mpsim/model/link"
)

// TestBig: 8192 hosts can be built and prepared in little memory, and a path costs little more than its
// entries.
func TestBig(t *testing.T) {
	if testing.Short() {
		t.Skip("builds 41 000 links")
	}
	var m [4]runtime.MemStats
	var at [4]time.Time
	mark := func(i int) {
		runtime.GC()
		runtime.ReadMemStats(&m[i])
		at[i] = time.Now()
	}
	mark(0)
	p := must(FatTree(32, 1, 1))
	g, b := unprepared(t, p, Routing{Kind: SourceDistinct})
	mark(1)
	g.Prepare()
	mark(2)
	n := len(b.Hosts)
	for i, h := range b.Hosts {
		for port := range uint16(8) {
			must(h.Path(addr4(h, 0), addr4(b.Hosts[(i+n/2)%n], 0), port, 80))
		}
	}
	mark(3)
	for i, what := range []string{"plan and graph", "tables", "65 536 paths"} {
		const limit = 256 << 20
		used := int64(m[i+1].HeapAlloc) - int64(m[i].HeapAlloc)
		t.Logf("%s: %v, %.1f MB", what, at[i+1].Sub(at[i]), float64(used)/1e6)
		if used > limit {
			t.Errorf("%s take %d octets", what, used)
		}
	}
	seen := map[link.Route]bool{}
	for port := range uint16(8) {
		seen[must(b.Hosts[0].Path(addr4(b.Hosts[0], 0), addr4(b.Hosts[n/2], 0), 100+port, 80)).Route] = true
	}
	if len(seen) != 8 {
		t.Errorf("%d routes of 8", len(seen))
	}
}
