package sim

import (
	"syscall"
	"testing"
)

// cpuTime returns the processor time of this process so far, ns.
func cpuTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// timed runs the part of a benchmark that counts, and tells the processor time of an operation: other work on the
// machine does not count.
func timed(b *testing.B, run func()) {
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuTime()
	run()
	b.StopTimer()
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
}
