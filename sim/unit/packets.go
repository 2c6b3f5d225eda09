package unit

import "strconv"

// Packets is a number of packets or segments of any size.
type Packets int64

// ParsePackets reads a number of packets such as "100 packets" or "1 packet". The error is a *ParseError.
func ParsePackets(s string) (Packets, error) {
	v, err := packets.parse(s)
	return Packets(v), err
}

// String prints "100 packets" or "1 packet".
func (p Packets) String() string {
	if p == 1 || p == -1 {
		return strconv.FormatInt(int64(p), 10) + " packet"
	}
	return strconv.FormatInt(int64(p), 10) + " packets"
}

var packets = grammar{
	what: "number of packets", base: "packets", suggest: []string{"packets"},
	units:   []suffix{{"packet", 1}, {"packets", 1}},
	largest: "9223372036854775807 packets",
	advise: func(number, unit string) (msg, hint string) {
		switch unit {
		case "p", "pkt", "pkts", "segment", "segments", "pckts":
			return "has an unknown unit " + quote(unit), "write " + number + " packets"
		}
		return "", ""
	},
}
