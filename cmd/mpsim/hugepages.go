package main

import (
	"runtime/metrics"
	"time"
)

// leastHeap is the heap from which on large pages are asked for, octets: a small one fits small pages.
const leastHeap = 24 << 20

// keepHugePages has the heap kept in large pages while it grows, until the function that it returns is called. It
// watches the size from aside: it touches nothing that a run could see.
func keepHugePages() (stop func()) {
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for advised := uint64(0); ; {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if size := heapSize(); size >= leastHeap && size > advised+advised/8 {
				adviseHugePages()
				advised = size
			}
		}
	}()
	return func() { close(done) }
}

// heapSize returns the octets of the heap that are mapped, used or not.
func heapSize() uint64 {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s)
	sum := uint64(0)
	for _, v := range s {
		if v.Value.Kind() == metrics.KindUint64 {
			sum += v.Value.Uint64()
		}
	}
	return sum
}
