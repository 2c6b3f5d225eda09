package unit

// Duration is a span of virtual time in nanoseconds.
type Duration int64

// Spans of virtual time.
const (
	Nanosecond  Duration = 1
	Microsecond          = 1000 * Nanosecond
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
)

// ParseDuration reads a span of time such as "20ms", "1.5 s", "100us" or "2min". The error is a
// *ParseError.
func ParseDuration(s string) (Duration, error) {
	v, err := durations.parse(s)
	return Duration(v), err
}

// String prints the span exactly, in ns, us, ms or s: "1.5s".
func (d Duration) String() string {
	v, sign := magnitude(int64(d))
	if v == 0 {
		return "0s"
	}
	u := largest(v, durationUnits)
	return sign + fraction(v, u.factor) + u.name
}

// durationUnits are those that are printed.
var durationUnits = []suffix{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}

var durations = grammar{
	what: "duration", base: "nanoseconds", suggest: []string{"ms", "s"},
	units: []suffix{
		{"ns", 1},
		{"us", 1e3},
		{"µs", 1e3}, // U+00B5
		{"μs", 1e3}, // U+03BC
		{"ms", 1e6},
		{"s", 1e9},
		{"min", 60e9},
		{"h", 3600e9},
	},
	largest: "9223372036.854775807s",
	advise: func(number, unit string) (msg, hint string) {
		switch unit {
		case "m", "M":
			return "has the ambiguous unit " + quote(unit),
				"write " + number + " min for minutes, " + number + " ms for milliseconds"
		case "u", "µ", "n":
			return "has an incomplete unit " + quote(unit), "write " + number + " us or " + number + " ns"
		case "sec", "secs", "second", "seconds", "S":
			return "has an unknown unit " + quote(unit), "write " + number + " s"
		case "msec", "millis", "MS", "Ms":
			return "has an unknown unit " + quote(unit), "write " + number + " ms"
		case "usec":
			return "has an unknown unit " + quote(unit), "write " + number + " us"
		case "mins", "minute", "minutes":
			return "has an unknown unit " + quote(unit), "write " + number + " min"
		case "hr", "hrs", "hour", "hours":
			return "has an unknown unit " + quote(unit), "write " + number + " h"
		}
		return "", ""
	},
}
