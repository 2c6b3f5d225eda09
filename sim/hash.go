package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Hash is a running digest of what a component did. The zero value is ready. It tells runs apart; it
// is no defence against someone who looks for collisions.
type Hash uint64

const (
	hashAdd = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio: zeros mixed in count as well
	hashMul = 0xd6e8feb86659fd93 // odd, so that mixing loses nothing
)

// Mix folds one value in: one multiply. The order of values matters.
func (h *Hash) Mix(v uint64) {
	x := ((bits.RotateLeft64(uint64(*h), 23) ^ v) + hashAdd) * hashMul
	*h = Hash(x ^ x>>32)
}

// DigestOf registers the function that returns c's running hash. Called only by Digest.
func (w *World) DigestOf(c Component, hash func() uint64) {
	w.checkComponent(c)
	w.components[c].hash = hash
}

// EachHash calls f for each component that has a hash function, in component order: to find out in what two runs
// differ.
func (w *World) EachHash(f func(name string, hash uint64)) {
	for _, c := range w.components[1:] {
		if c.hash != nil {
			f(c.name, c.hash())
		}
	}
}

// Digest combines all components' names and hashes in component order: 32 hexadecimal digits.
// A component without a hash function adds its name only.
func (w *World) Digest() string {
	var b []byte
	for _, c := range w.components[1:] {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(c.name)))
		b = append(b, c.name...)
		if c.hash == nil {
			b = append(b, 0)
			continue
		}
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint64(b, c.hash())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
