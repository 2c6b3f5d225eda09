package topo

import (
	"math/bits"
	"strconv"

	"mpsim/sim"
)

// hash returns the key of a flow that routers hash again with their own seeds.
func (f *flow) hash(kind HashKind) uint64 {
	var h sim.Hash
	for _, v := range [...]uint64{f.src.Hi, f.src.Lo, f.dst.Hi, f.dst.Lo} {
		h.Mix(v)
	}
	if kind == FlowLabel && !f.src.Is4() {
		h.Mix(1<<32 | uint64(f.label))
	} else {
		h.Mix(uint64(f.sport)<<16 | uint64(f.dport))
	}
	return uint64(h)
}

// hop returns which of n next hops a router with this seed chooses: the n-th part of the hash's range
// that the hash falls into (hash-threshold, RFC 2992 section 2).
func hop(key, seed uint64, n int) int {
	hi, _ := bits.Mul64(scatter(key^seed), uint64(n))
	return int(hi)
}

// scatter makes each bit depend on all others (the finaliser of MurmurHash3), so that what one router
// chose says nothing about the choice of the next one.
func scatter(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// seed returns the seed of the host's own hash, for where it chooses among paths.
func (h *Host) seed() uint64 {
	if h.hashSeed == 0 {
		h.hashSeed = h.net.World().Stream(h.g.routing.stream(h.name)).Uint64() | 1
	}
	return h.hashSeed
}

// stream names the random stream that the seed of a node's hash is drawn from.
func (r *Routing) stream(node string) string {
	if r.Seed == 0 {
		return "routing/" + node
	}
	return "routing/" + node + "/" + strconv.FormatUint(r.Seed, 10)
}
