package mptcp

import (
	"runtime"
	"testing"
	"unsafe"

	"mpsim/model/link"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// heap returns the octets in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemorySizes bounds the structs that worlds have many of.
func TestMemorySizes(t *testing.T) {
	for _, x := range []struct {
		name        string
		octets, max uintptr
	}{
		{"tcp.Endpoint", unsafe.Sizeof(tcp.Endpoint{}), 1536},
		{"tcp.Sent", unsafe.Sizeof(tcp.Sent{}), 48},
		{"tcp.Stream", unsafe.Sizeof(tcp.Stream{}), 832},
		{"tcp.Stack", unsafe.Sizeof(tcp.Stack{}), 768},
		{"subflow", unsafe.Sizeof(subflow{}), 464},
		{"Conn", unsafe.Sizeof(Conn{}), 1792},
		{"Stack", unsafe.Sizeof(Stack{}), 1280},
		{"wire.Segment", unsafe.Sizeof(wire.Segment{}), 320},
	} {
		t.Logf("%-14s %5d octets", x.name, x.octets)
		if x.octets > x.max {
			t.Errorf("%s has %d octets, want at most %d", x.name, x.octets, x.max)
		}
	}
}

// TestMemory bounds what a world of connections with eight subflows costs, all of it but links: both ends, stacks
// and hosts' tables, buffers, sent records, and the packets that were ever under way at the same time. Busy ones
// have twelve segments in flight on each subflow, which are 4 KB (and room for as many: small arenas double); idle
// ones are established and have nothing to send.
func TestMemory(t *testing.T) {
	const connections, subflows = 128, 8
	newCrowd(t, 1, 1, "minrtt", true).carry(100) // what libraries make once
	for _, x := range []struct {
		name string
		busy bool
		max  int64 // octets a subflow, both ends
	}{{"busy", true, 12800}, {"idle", false, 6400}} {
		start := heap()
		c := newCrowd(t, connections, subflows, "minrtt", x.busy)
		if x.busy {
			c.carry(100 * connections * subflows)
		}
		octets := heap() - start
		octets -= int64(cap(c.paths))*int64(unsafe.Sizeof(way{})) + 4*int64(cap(c.turn)) // the test's own
		each := octets / (connections * subflows)
		t.Logf("%s: %d octets a subflow (both ends), %d a connection; 65536 subflows are %d MB",
			x.name, each, octets/connections, each*65536>>20)
		if each > x.max {
			t.Errorf("%s: %d octets a subflow, want at most %d", x.name, each, x.max)
		}
		runtime.KeepAlive(c)
	}
}

// TestMemoryOfHosts bounds what a host costs that does nothing: its two stacks and their tables.
func TestMemoryOfHosts(t *testing.T) {
	const hosts = 1024
	w := sim.NewWorld(1)
	c := &crowd{w: w, net: link.NewNet(w)}
	arena, layer := tcp.NewArena(w, c.net), NewLayer(w, c.net)
	list := make([]*crowdHost, hosts)
	for i := range list {
		name := string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
		list[i] = &crowdHost{c: c, name: name, comp: w.Component("host/" + name)}
	}
	start := heap()
	stacks := make([]*Stack, hosts)
	for i, h := range list {
		stacks[i] = layer.NewStack(arena.NewStack(h, tcp.Config{}), h, Config{})
	}
	each := (heap() - start) / hosts
	t.Logf("%d octets a host; 8192 hosts are %d MB", each, each*8192>>20)
	if each > 2560 {
		t.Errorf("%d octets a host, want at most 2560", each)
	}
	runtime.KeepAlive(stacks)
}
