package topo

import (
	"sync"
	"testing"
)

// TestLookUpFromThreads: once prepared, hosts in different parts of a world choose paths at the same time
// without sharing anything that is written (a test for the race detector).
func TestLookUpFromThreads(t *testing.T) {
	for _, plan := range []Plan{must(FatTree(4, 1, 1)), must(VL2(4, 4, 2, 4)), must(BCube(4, 1))} {
		for _, kind := range []RoutingKind{ECMP, SourceRandom, SourceDistinct} {
			g, b := built(t, plan, Routing{Kind: kind})
			var wait sync.WaitGroup
			for part := range 2 {
				wait.Add(1)
				go func() {
					defer wait.Done()
					for i := part; i < len(b.Hosts); i += 2 {
						for j, y := range b.Hosts {
							x := b.Hosts[i]
							if x == y {
								continue
							}
							g.noteUse()
							f := flow{src: addr4(x, 0), dst: addr4(y, 0), sport: uint16(j), dport: 80}
							w, err := x.waysTo(f.src, f.dst)
							if err != nil {
								t.Error(err)
								continue
							}
							number, err := w.choose(&f)
							if err != nil || len(w.way(number).links) < 2 {
								t.Error("no path", err)
							}
						}
					}
				}()
			}
			wait.Wait()
		}
	}
}
