package main

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// Not in package syscall (madvise(2)).
const (
	madvHugePage = 14
	madvCollapse = 25 // Linux 6.1
)

// leastMapping is the smallest mapping that is worth it, octets.
const leastMapping = 4 << 20

// adviseHugePages asks the kernel to keep the heap in pages of 2 MB. A big world spreads what it touches over so
// many small ones that looking addresses up takes a quarter of the time, in a virtual machine more. Go does not
// ask by itself. Nothing depends on the answer: errors mean that pages stay small.
func adviseHugePages() {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range bytes.Lines(maps) {
		var from, to uintptr
		var mode, offset, device, name string
		var inode int64
		n, _ := fmt.Sscanf(string(line), "%x-%x %s %s %s %d %s", &from, &to, &mode, &offset, &device, &inode, &name)
		anonymous := n == 6 || n == 7 && name == "[anon:" // named by the runtime, as in "[anon: Go: heap]"
		if !anonymous || mode != "rw-p" || inode != 0 || to-from < leastMapping {
			continue
		}
		for _, advice := range []uintptr{madvHugePage, madvCollapse} {
			// No memory of Go's is read or written here: the kernel moves pages.
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, advice)
		}
	}
}
