package spec

import (
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// scalar returns the text of a scalar; it reports anything else. what is the value in words: "a duration".
func (d *decoder) scalar(n *yaml.Node, path, what, example string) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.bad(n, path, path[lastDot(path):]+" is "+kindOf(n)+", not "+what, "such as "+example)
		return "", false
	case !d.plain(n, path):
		return "", false
	case n.Tag == "!!null":
		d.wrong(path, path[lastDot(path):]+" has no value", what+", such as "+example)
		return "", false
	}
	return n.Value, true
}

// quantity is a number with a unit, from least to most. pattern is the regular expression of its units.
type quantity[V ~int64] struct {
	what, example string
	units         string
	least, most   V
	parse         func(string) (V, error)
	print         func(V) string
}

func (q quantity[V]) codec() codec[V] {
	return codec[V]{
		decode: func(d *decoder, n *yaml.Node, path string, v *V) bool {
			text, ok := d.scalar(n, path, q.what, q.example)
			if !ok {
				return false
			}
			got, err := q.parse(text)
			switch {
			case err != nil:
				var pe *unit.ParseError
				if errors.As(err, &pe) {
					d.bad(n, path, pe.Quantity+" "+quote(pe.Input)+" "+pe.Msg, pe.Hint)
				}
				return false
			case got < q.least:
				d.bad(n, path, path[lastDot(path):]+" "+q.print(got)+" is too small", "at least "+q.print(q.least))
				return false
			case got > q.most:
				d.bad(n, path, path[lastDot(path):]+" "+q.print(got)+" is too large", "at most "+q.print(q.most))
				return false
			}
			*v = got
			return true
		},
		encode: func(v *V) *tree { return &tree{text: q.print(*v)} },
		schema: func() object {
			return object{"type": "string", "pattern": `^\s*[0-9]+(\.[0-9]+)?\s*(` + q.units + `)\s*$`}
		},
	}
}

// Bounds that no scenario needs to pass; they keep sums inside int64.
const (
	maxDuration = 24 * 365 * unit.Hour
	maxDelay    = unit.Hour
	maxRate     = 10_000 * unit.GbitPerSecond
	maxBytes    = 1 << 50 * unit.Byte
)

func duration(least, most unit.Duration) codec[unit.Duration] {
	return quantity[unit.Duration]{
		what: "a duration", example: "20ms", units: "ns|us|µs|μs|ms|s|min|h", least: least, most: most,
		parse: unit.ParseDuration, print: unit.Duration.String,
	}.codec()
}

func bitrate() codec[unit.Bitrate] {
	return quantity[unit.Bitrate]{
		what: "a bit rate", example: "10 Mbit/s", units: "[kMGT]?bit/s|[kMGT]?bps", least: 1, most: maxRate,
		parse: unit.ParseBitrate, print: unit.Bitrate.String,
	}.codec()
}

func size(least, most unit.Bytes) codec[unit.Bytes] {
	return quantity[unit.Bytes]{
		what: "a size", example: "64 KiB", units: sizeUnits, least: least, most: most,
		parse: unit.ParseBytes, print: unit.Bytes.String,
	}.codec()
}

const sizeUnits = "[kMGT]?B|[KMGT]iB|bytes?"

// octets is a size that is printed in plain octets, as MTUs are.
func octets(least, most unit.Bytes) codec[unit.Bytes] {
	return quantity[unit.Bytes]{
		what: "a size", example: "1500 B", units: sizeUnits, least: least, most: most,
		parse: unit.ParseBytes, print: func(b unit.Bytes) string { return strconv.FormatInt(int64(b), 10) + " B" },
	}.codec()
}

func packets(least, most unit.Packets) codec[unit.Packets] {
	return quantity[unit.Packets]{
		what: "a number of packets", example: "100 packets", units: "packets?", least: least, most: most,
		parse: unit.ParsePackets, print: unit.Packets.String,
	}.codec()
}

// ratio is a part of a whole, 0 to 1.
func ratio() codec[unit.Ratio] {
	return codec[unit.Ratio]{
		decode: func(d *decoder, n *yaml.Node, path string, v *unit.Ratio) bool {
			text, ok := d.scalar(n, path, "a ratio", "0.1% or 1/1000")
			if !ok {
				return false
			}
			got, err := unit.ParseRatio(text)
			if err != nil {
				var pe *unit.ParseError
				if errors.As(err, &pe) {
					d.bad(n, path, pe.Quantity+" "+quote(pe.Input)+" "+pe.Msg, pe.Hint)
				}
				return false
			}
			*v = got
			return true
		},
		encode: func(v *unit.Ratio) *tree { return &tree{text: v.String()} },
		schema: func() object {
			return anyOf(object{"const": 0}, object{
				"type": "string", "pattern": `^\s*([0-9]+(\.[0-9]+)?\s*%|[0-9]+\s*/\s*[0-9]+|0)\s*$`,
			})
		},
	}
}

var plainInteger = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// integer is a whole number without a unit, a count.
func integer[V ~int | ~uint16 | ~uint64](least, most V) codec[V] {
	limits := "only " + strconv.FormatUint(uint64(least), 10)
	if least < most {
		limits = "from " + strconv.FormatUint(uint64(least), 10) + " to " + strconv.FormatUint(uint64(most), 10)
	}
	return codec[V]{
		decode: func(d *decoder, n *yaml.Node, path string, v *V) bool {
			text, ok := d.scalar(n, path, "a whole number", strconv.FormatUint(uint64(least), 10))
			if !ok {
				return false
			}
			name := path[lastDot(path):]
			if !plainInteger.MatchString(text) || n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
				hint := "decimal digits only, " + limits
				if plainInteger.MatchString(text) {
					hint = "leave the quotation marks away"
				}
				d.bad(n, path, name+" "+quote(text)+" is not a whole number", hint)
				return false
			}
			got, err := strconv.ParseUint(text, 10, 64)
			if err != nil || got < uint64(least) || got > uint64(most) {
				d.bad(n, path, name+" "+quote(text)+" is out of range", limits)
				return false
			}
			*v = V(got)
			return true
		},
		encode: func(v *V) *tree { return &tree{text: strconv.FormatUint(uint64(*v), 10)} },
		schema: func() object {
			return object{"type": "integer", "minimum": uint64(least), "maximum": uint64(most)}
		},
	}
}

// truth is true or false.
func truth() codec[bool] {
	return codec[bool]{
		decode: func(d *decoder, n *yaml.Node, path string, v *bool) bool {
			text, ok := d.scalar(n, path, "true or false", "true")
			if !ok {
				return false
			}
			if n.Tag != "!!bool" || text != "true" && text != "false" {
				d.bad(n, path, path[lastDot(path):]+" is "+quote(text), "write true or false")
				return false
			}
			*v = text == "true"
			return true
		},
		encode: func(v *bool) *tree { return &tree{text: strconv.FormatBool(*v)} },
		schema: func() object { return object{"type": "boolean"} },
	}
}

// word is one of a few words.
func word(words ...string) codec[string] {
	return codec[string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *string) bool {
			text, ok := d.scalar(n, path, "one of "+strings.Join(words, ", "), words[0])
			if !ok {
				return false
			}
			if !slices.Contains(words, text) {
				d.bad(n, path, path[lastDot(path):]+" has no value "+quote(text), nearest(text, words))
				return false
			}
			*v = text
			return true
		},
		encode: func(v *string) *tree { return &tree{text: *v} },
		schema: func() object { return object{"enum": words} },
	}
}

// flag is a truth value written as one of two words.
func flag(yes, no string) codec[bool] {
	c := word(yes, no)
	return codec[bool]{
		decode: func(d *decoder, n *yaml.Node, path string, v *bool) bool {
			var s string
			ok := c.decode(d, n, path, &s)
			*v = s == yes
			return ok
		},
		encode: func(v *bool) *tree {
			if *v {
				return &tree{text: yes}
			}
			return &tree{text: no}
		},
		schema: c.schema,
	}
}

// text is free text, at most most characters, without the white space around it.
func text(most int, lines bool) codec[string] {
	return codec[string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *string) bool {
			s, ok := d.scalar(n, path, "a text", "\"a text\"")
			name := path[lastDot(path):]
			switch {
			case !ok:
				return false
			case n.Tag != "!!str":
				d.bad(n, path, name+" is "+kindOf(n)+", not a text", "put it between quotation marks")
				return false
			}
			s = strings.TrimSpace(s)
			switch {
			case len([]rune(s)) > most:
				d.bad(n, path, name+" is longer than "+strconv.Itoa(most)+" characters", "")
				return false
			case !lines && strings.ContainsAny(s, "\n\r\u0085\u2028\u2029"):
				d.bad(n, path, name+" has more than one line", "one line only")
				return false
			}
			*v = s
			return true
		},
		encode: func(v *string) *tree { return &tree{text: *v, free: true} },
		schema: func() object { return object{"type": "string"} },
	}
}

// reference is the name of a host, link or interface; that it exists is checked later.
func reference(what string) codec[string] {
	return codec[string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *string) bool {
			s, ok := d.scalar(n, path, "a name", what)
			if !ok {
				return false
			}
			if msg := wrongName(s); msg != "" {
				d.bad(n, path, "name "+quote(s)+" "+msg, nameHint)
				return false
			}
			*v = s
			return true
		},
		encode: func(v *string) *tree {
			if *v == "" { // not given: chosen where the world is built
				return nil
			}
			return &tree{text: *v, free: true}
		},
		schema: func() object { return object{"type": "string", "pattern": `^[A-Za-z][A-Za-z0-9_-]*$`} },
	}
}

// address is an IP address, or the word "assigned".
func address() codec[netip.Addr] {
	const assigned = "assigned"
	return codec[netip.Addr]{
		decode: func(d *decoder, n *yaml.Node, path string, v *netip.Addr) bool {
			s, ok := d.scalar(n, path, "an address", "10.0.0.1")
			if !ok || s == assigned {
				*v = netip.Addr{}
				return ok
			}
			a, err := netip.ParseAddr(s)
			switch {
			case err != nil:
				d.bad(n, path, "address "+quote(s)+" is neither IPv4 nor IPv6", "such as 10.0.0.1 or fd00::1")
				return false
			case a.Zone() != "" || a.IsUnspecified() || a.IsMulticast() || a.Is4In6() || a.IsLoopback() ||
				a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
				d.bad(n, path, "address "+quote(s)+" cannot be a host's",
					"a unicast address, such as 10.0.0.1 or fd00::1")
				return false
			}
			*v = a
			return true
		},
		encode: func(v *netip.Addr) *tree {
			if !v.IsValid() {
				return &tree{text: assigned}
			}
			return &tree{text: v.String(), free: true}
		},
		schema: func() object { return object{"type": "string"} },
	}
}

// factor is a number without a unit, whole or a fraction: 2, 1/2. It is above 0 and in lowest terms.
func factor() codec[unit.Ratio] {
	const most = 1_000_000
	return codec[unit.Ratio]{
		decode: func(d *decoder, n *yaml.Node, path string, v *unit.Ratio) bool {
			s, ok := d.scalar(n, path, "a factor", "2 or 1/2")
			if !ok {
				return false
			}
			a, b, fraction := strings.Cut(s, "/")
			if !fraction {
				b = "1"
			}
			num, err := strconv.ParseUint(strings.TrimSpace(a), 10, 64)
			den, err2 := strconv.ParseUint(strings.TrimSpace(b), 10, 64)
			if err != nil || err2 != nil || num == 0 || den == 0 || num > most || den > most {
				d.bad(n, path, path[lastDot(path):]+" "+quote(s)+" is not a factor", "such as 2 or 1/2")
				return false
			}
			x, y := num, den
			for y != 0 {
				x, y = y, x%y
			}
			*v = unit.Ratio{Num: num / x, Den: den / x}
			return true
		},
		encode: func(v *unit.Ratio) *tree {
			if v.Den == 1 {
				return &tree{text: strconv.FormatUint(v.Num, 10)}
			}
			return &tree{text: strconv.FormatUint(v.Num, 10) + "/" + strconv.FormatUint(v.Den, 10)}
		},
		schema: func() object {
			return anyOf(object{"type": "integer", "minimum": 1},
				object{"type": "string", "pattern": `^\s*[0-9]+\s*(/\s*[0-9]+\s*)?$`})
		},
	}
}
