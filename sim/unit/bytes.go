package unit

// Bytes is a number of octets.
type Bytes int64

// Sizes.
const (
	Byte Bytes = 1
	KB         = 1000 * Byte
	MB         = 1000 * KB
	GB         = 1000 * MB
	KiB        = 1024 * Byte
	MiB        = 1024 * KiB
	GiB        = 1024 * MiB
)

// ParseBytes reads a number of octets such as "64KiB", "1.5 MB" or "80 kB". The error is a *ParseError.
func ParseBytes(s string) (Bytes, error) {
	v, err := sizes.parse(s)
	return Bytes(v), err
}

// String prints the size exactly, with a decimal or a binary prefix, whichever is shorter: "1.5 MB",
// "64 KiB".
func (b Bytes) String() string {
	v, sign := magnitude(int64(b))
	u := largest(v, decimalSizes)
	s := fraction(v, u.factor) + " " + u.name
	for _, u := range binarySizes {
		if v != 0 && v%u.factor == 0 {
			if t := fraction(v/u.factor, 1) + " " + u.name; len(t) < len(s) {
				s = t
			}
		}
	}
	return sign + s
}

// decimalSizes and binarySizes are the units that are printed.
var (
	decimalSizes = []suffix{{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}}
	binarySizes  = []suffix{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}
)

var sizes = grammar{
	what: "size", base: "octets", suggest: []string{"B", "kB"},
	units: []suffix{
		{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
		{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
		{"byte", 1}, {"bytes", 1},
	},
	largest: "9223372.036854775807 TB",
	advise:  adviseSize,
}

func adviseSize(number, unit string) (msg, hint string) {
	prefix, ok := prefixOf(unit[0])
	binary := prefix
	if prefix == "k" {
		binary = "K"
	}
	both := "write " + number + " " + prefix + "B (powers of 1000) or " +
		number + " " + binary + "iB (powers of 1024)"
	switch {
	case unit == "b":
		return "has the ambiguous unit " + quote(unit), "write " + number + " B for octets"
	case unit == "octet" || unit == "octets":
		return "has an unknown unit " + quote(unit), "write " + number + " B"
	case !ok:
		return "", ""
	case len(unit) == 1, len(unit) == 2 && (unit[1] == 'b' || unit[1] == 'B'), len(unit) == 2 && unit[1] == 'i':
		return "has the ambiguous unit " + quote(unit), both
	case len(unit) == 3 && unit[1:] == "ib":
		return "has the ambiguous unit " + quote(unit), "write " + number + " " + binary + "iB for octets"
	}
	return "", ""
}
