package spec

import (
	"math/bits"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// leastQueue is the least that a queue given in octets must hold: one full packet.
const leastQueue = 1500 * unit.Byte

// computedQueue is the least that a queue computed from a time or from the bandwidth-delay product holds.
const computedQueue = 10 * leastQueue

// billion is one bandwidth-delay product in Queue.bdp.
const billion = 1_000_000_000

// limit is a queue's limit in octets, packets, time at the link's rate, or bandwidth-delay products.
func limit() codec[Queue] {
	c := fixedLimit(leastQueue)
	fixed := c.decode
	c.decode = func(d *decoder, n *yaml.Node, path string, v *Queue) bool {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
			return fixed(d, n, path, v)
		}
		if number, ok := strings.CutSuffix(n.Value, "bdp"); ok {
			products, err := unit.ParseDuration(strings.TrimSpace(number) + "s") // for its exact decimals
			if err != nil || products == 0 || products > 1000*unit.Second {
				d.bad(n, path, "queue "+quote(n.Value)+" is not a number of bandwidth-delay products",
					"such as 1 bdp or 0.5 bdp, at most 1000")
				return false
			}
			*v = Queue{bdp: int64(products)}
			return true
		}
		if t, err := unit.ParseDuration(n.Value); err == nil {
			if t == 0 || t > maxDelay {
				d.bad(n, path, "queue "+quote(n.Value)+" is out of range", "above 0s, at most 1 h")
				return false
			}
			*v = Queue{time: t}
			return true
		}
		return fixed(d, n, path, v)
	}
	c.schema = func() object {
		return object{"type": "string", "pattern": `^(unlimited|\s*[0-9]+(\.[0-9]+)?\s*(` + sizeUnits +
			`|packets?|bdp|ns|us|µs|μs|ms|s|min|h)\s*)$`}
	}
	return c
}

// fixedLimit is a limit in packets or in octets, then at least least.
func fixedLimit(least unit.Bytes) codec[Queue] {
	count, octets := packets(1, 1<<31-1), size(least, maxBytes)
	return codec[Queue]{
		decode: func(d *decoder, n *yaml.Node, path string, v *Queue) bool {
			s, ok := d.scalar(n, path, "a size", "64 kB or 100 packets")
			if !ok {
				return false
			}
			*v = Queue{}
			trimmed := strings.TrimSpace(s)
			switch {
			case s == unlimited:
				return true
			case strings.Trim(trimmed, "0123456789.") == "" && trimmed != "":
				d.bad(n, path, "queue "+quote(s)+" has no unit",
					"write "+trimmed+" packets, "+trimmed+" kB, "+trimmed+" ms or "+trimmed+" bdp")
				return false
			case strings.HasSuffix(s, "packets") || strings.HasSuffix(s, "packet") || strings.Contains(s, "pkt"):
				return count.decode(d, n, path, &v.Packets)
			case strings.HasSuffix(s, "bdp"):
				d.bad(n, path, "a changed queue cannot be given in bandwidth-delay products", "write octets or packets")
				return false
			}
			if _, err := unit.ParseDuration(s); err == nil {
				d.bad(n, path, "a changed queue cannot be given as a time", "write octets or packets")
				return false
			}
			if word := strings.TrimLeft(trimmed, "0123456789. \t"); word != trimmed && !isSizeUnit(word) {
				d.bad(n, path, "queue "+quote(s)+" has an unknown unit "+quote(word),
					"such as 64 kB or 100 packets; a link's own also 80ms or 1 bdp")
				return false
			}
			return octets.decode(d, n, path, &v.Bytes)
		},
		encode: func(v *Queue) *tree {
			switch {
			case v.Packets > 0:
				return count.encode(&v.Packets)
			case v.Bytes > 0:
				return octets.encode(&v.Bytes)
			}
			return &tree{text: unlimited}
		},
		schema: func() object {
			return object{"type": "string",
				"pattern": `^(unlimited|\s*[0-9]+(\.[0-9]+)?\s*(` + sizeUnits + `|packets?)\s*)$`}
		},
	}
}

// isSizeUnit tells that a word is, or is nearly, a unit of octets, so that package unit explains it best.
func isSizeUnit(word string) bool {
	return len(word) <= 3 && strings.ContainsAny(word[:1], "bBkKmMgGtT") || strings.HasPrefix(word, "byte") ||
		strings.HasPrefix(word, "octet")
}

// resolve turns a queue given as a time or in bandwidth-delay products into octets. round is the delay
// there and back.
func (q *Queue) resolve(rate unit.Bitrate, round unit.Duration) {
	var octets uint64
	switch {
	case q.time > 0:
		octets = product(uint64(rate), uint64(q.time), 8*uint64(unit.Second))
	case q.bdp > 0:
		span := product(uint64(round), uint64(q.bdp), billion)
		octets = product(uint64(rate), span, 8*uint64(unit.Second))
	default:
		return
	}
	*q = Queue{Discipline: q.Discipline}
	if rate != 0 {
		q.Bytes = max(unit.Bytes(octets), computedQueue)
	}
}

// product returns a x b / c, rounded up, at most maxBytes.
func product(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return uint64(maxBytes)
	}
	q, rem := bits.Div64(hi, lo, c)
	if rem > 0 && q < uint64(maxBytes) {
		q++
	}
	return min(q, uint64(maxBytes))
}
