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

// Bitrate is a rate in bits a second.
type Bitrate int64

// Bytes is a number of octets.
type Bytes int64

// Ratio is an exact fraction between 0 and 1: Num/Den. The zero value means 0.
type Ratio struct{ Num, Den uint64 }
