package unit

import "strings"

// Bitrate is a rate in bits a second.
type Bitrate int64

// Rates.
const (
	BitPerSecond  Bitrate = 1
	KbitPerSecond         = 1000 * BitPerSecond
	MbitPerSecond         = 1000 * KbitPerSecond
	GbitPerSecond         = 1000 * MbitPerSecond
)

// ParseBitrate reads a rate such as "10 Mbit/s", "10Mbps" or "1.5 Gbit/s". The error is a *ParseError.
func ParseBitrate(s string) (Bitrate, error) {
	v, err := bitrates.parse(s)
	return Bitrate(v), err
}

// String prints the rate exactly: "1.5 Gbit/s".
func (r Bitrate) String() string {
	v, sign := magnitude(int64(r))
	u := largest(v, bitrateUnits)
	return sign + fraction(v, u.factor) + " " + u.name
}

// bitrateUnits are those that are printed.
var bitrateUnits = []suffix{{"bit/s", 1}, {"kbit/s", 1e3}, {"Mbit/s", 1e6}, {"Gbit/s", 1e9}, {"Tbit/s", 1e12}}

var bitrates = grammar{
	what: "bit rate", base: "bits a second", suggest: []string{"kbit/s", "Mbit/s"},
	units: []suffix{
		{"bit/s", 1}, {"kbit/s", 1e3}, {"Mbit/s", 1e6}, {"Gbit/s", 1e9}, {"Tbit/s", 1e12},
		{"bps", 1}, {"kbps", 1e3}, {"Mbps", 1e6}, {"Gbps", 1e9}, {"Tbps", 1e12},
	},
	largest: "9223372.036854775807 Tbit/s",
	advise:  adviseRate,
}

func adviseRate(number, unit string) (msg, hint string) {
	base := strings.TrimSuffix(strings.TrimSuffix(unit, "/s"), "ps")
	if base == "" || strings.HasSuffix(unit, "bps") { // mbps: only the case is wrong
		return "", ""
	}
	prefix, ok := prefixOf(base[0])
	if len(base) == 1 && (ok || base[0] == 'b' || base[0] == 'B') || len(base) == 2 && ok {
		last := base[len(base)-1]
		switch {
		case last == 'B' && unit != base:
			return "counts octets", "rates are in bits: multiply by 8 and write " + prefix + "bit/s"
		case len(base) == 1 && ok, last == 'b', last == 'B':
			return "has the ambiguous unit " + quote(unit),
				"write " + number + " " + prefix + "bit/s if bits are meant"
		}
	}
	return "", ""
}

// prefixOf returns the SI prefix that a letter of either case probably means.
func prefixOf(c byte) (prefix string, ok bool) {
	switch c {
	case 'k', 'K':
		return "k", true
	case 'm', 'M':
		return "M", true
	case 'g', 'G':
		return "G", true
	case 't', 'T':
		return "T", true
	}
	return "", false
}
