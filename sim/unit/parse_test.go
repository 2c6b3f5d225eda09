package unit

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parser hides the four integer types behind one signature.
type parser func(string) (v int64, printed string, err error)

var parsers = map[string]parser{
	"duration": func(s string) (int64, string, error) {
		v, err := ParseDuration(s)
		return int64(v), v.String(), err
	},
	"rate": func(s string) (int64, string, error) {
		v, err := ParseBitrate(s)
		return int64(v), v.String(), err
	},
	"size": func(s string) (int64, string, error) {
		v, err := ParseBytes(s)
		return int64(v), v.String(), err
	},
	"packets": func(s string) (int64, string, error) {
		v, err := ParsePackets(s)
		return int64(v), v.String(), err
	},
}

func TestParseGood(t *testing.T) {
	for _, c := range []struct {
		kind, in string
		want     int64
		printed  string
	}{
		{"duration", "20ms", 20e6, "20ms"},
		{"duration", "1.5 s", 1500e6, "1.5s"},
		{"duration", "100us", 100e3, "100us"},
		{"duration", "100 µs", 100e3, "100us"},
		{"duration", "100 μs", 100e3, "100us"},
		{"duration", "2min", 120e9, "120s"},
		{"duration", "0.5 h", 1800e9, "1800s"},
		{"duration", "0s", 0, "0s"},
		{"duration", "0.000000001s", 1, "1ns"},
		{"duration", "1.000000000000000000000000s", 1e9, "1s"},
		{"duration", "9223372036854775807ns", math.MaxInt64, "9223372036.854775807s"},
		{"duration", "\t 007 ms ", 7e6, "7ms"},
		{"rate", "10 Mbit/s", 10e6, "10 Mbit/s"},
		{"rate", "10Mbps", 10e6, "10 Mbit/s"},
		{"rate", "1.5 Gbit/s", 1500e6, "1.5 Gbit/s"},
		{"rate", "56kbps", 56e3, "56 kbit/s"},
		{"rate", "1234567bps", 1234567, "1.234567 Mbit/s"},
		{"rate", "0 bit/s", 0, "0 bit/s"},
		{"size", "64KiB", 65536, "64 KiB"},
		{"size", "1.5 MB", 1500e3, "1.5 MB"},
		{"size", "80 kB", 80e3, "80 kB"},
		{"size", "1.5MiB", 3 << 19, "1536 KiB"},
		{"size", "1500 bytes", 1500, "1.5 kB"},
		{"size", "1 byte", 1, "1 B"},
		{"size", "16 MiB", 16 << 20, "16 MiB"},
		{"size", "0.5 KiB", 512, "512 B"},
		{"packets", "100 packets", 100, "100 packets"},
		{"packets", "1packet", 1, "1 packet"},
	} {
		got, printed, err := parsers[c.kind](c.in)
		if err != nil || got != c.want || printed != c.printed {
			t.Errorf("%s %q = %d (%q), %v; want %d (%q)", c.kind, c.in, got, printed, err, c.want, c.printed)
		}
	}
}

func TestParseBad(t *testing.T) {
	for _, c := range []struct{ kind, in, want string }{
		{"duration", "10", `duration "10" has no unit (write 10 ms or 10 s)`},
		{"duration", "10 m",
			`duration "10 m" has the ambiguous unit "m" (write 10 min for minutes, 10 ms for milliseconds)`},
		{"duration", "10 MS", `duration "10 MS" has an unknown unit "MS" (write 10 ms)`},
		{"duration", "1m30s", `duration "1m30s" has more than one number (one number and one unit, as in 90s)`},
		{"duration", "-1s", `duration "-1s" is negative (must not be below zero)`},
		{"duration", "+1s", `duration "+1s" has a sign (leave the + away)`},
		{"duration", "0.5ns", `duration "0.5ns" is not a whole number of nanoseconds`},
		{"duration", "0.00000000000000000000001 s", "is not a whole number of nanoseconds"},
		{"duration", "300000 h", "is not"},
		{"duration", "3000000 h", `is too large (the largest is 9223372036.854775807s)`},
		{"duration", "99999999999999999999 ns", `is too large`},
		{"duration", "1e3 ms", `has an exponent`},
		{"duration", "1_000 ms", `has "_" in its number`},
		{"duration", "1,5 s", `has "," in its number (digits and one decimal point only, as in 1000 or 1.5)`},
		{"duration", "0x10 ms", `is a hexadecimal number`},
		{"duration", ".5s", `starts with a point (write 0.5s)`},
		{"duration", "5.s", `has no digit after the point`},
		{"duration", "1.2.3s", `has two decimal points`},
		{"duration", "", `duration "" is empty (for example 10 ms)`},
		{"duration", "soon", `does not start with a number`},
		{"duration", "10 parsec", `has an unknown unit "parsec" (units are ns, us,`},
		{"rate", "10M", `bit rate "10M" has the ambiguous unit "M" (write 10 Mbit/s if bits are meant)`},
		{"rate", "10", `has no unit (write 10 kbit/s or 10 Mbit/s)`},
		{"rate", "10 mb", `has the ambiguous unit "mb" (write 10 Mbit/s if bits are meant)`},
		{"rate", "10 Mb/s", `has the ambiguous unit "Mb/s" (write 10 Mbit/s`},
		{"rate", "10 MB/s", `counts octets (rates are in bits: multiply by 8 and write Mbit/s)`},
		{"rate", "10 MBps", `counts octets`},
		{"rate", "10 mbps", `has an unknown unit "mbps" (upper and lower case differ: write 10 Mbps)`},
		{"rate", "0.1 bit/s", `is not a whole number of bits a second`},
		{"rate", "10 ms", `has an unknown unit "ms" (units are bit/s,`},
		{"size", "5 Kb",
			`size "5 Kb" has the ambiguous unit "Kb" (write 5 kB (powers of 1000) or 5 KiB (powers of 1024))`},
		{"size", "10M", `has the ambiguous unit "M" (write 10 MB (powers of 1000) or 10 MiB (powers of 1024))`},
		{"size", "10 KB", `has the ambiguous unit "KB"`},
		{"size", "10 Mib", `has the ambiguous unit "Mib" (write 10 MiB for octets)`},
		{"size", "8b", `has the ambiguous unit "b" (write 8 B for octets)`},
		{"size", "1.3 B", `is not a whole number of octets`},
		{"size", "8 EB", `has an unknown unit "EB"`},
		{"packets", "100", `number of packets "100" has no unit (write 100 packets)`},
		{"packets", "10 pkts", `(write 10 packets)`},
		{"packets", "1.5 packets", `is not a whole number of packets`},
	} {
		got, _, err := parsers[c.kind](c.in)
		if c.want == "is not" { // the good neighbour of the overflow
			if err != nil {
				t.Errorf("%s %q: %v", c.kind, c.in, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q = %d, %v; want %s", c.kind, c.in, got, err, c.want)
			continue
		}
		var pe *ParseError
		if !errors.As(err, &pe) || pe.Input != c.in {
			t.Errorf("%s %q: error is %#v", c.kind, c.in, err)
		}
	}
}

func TestNegativePrints(t *testing.T) {
	for got, want := range map[string]string{
		Duration(-1500e6).String():        "-1.5s",
		Bitrate(-1).String():              "-1 bit/s",
		Bytes(-65536).String():            "-64 KiB",
		Packets(-1).String():              "-1 packet",
		Duration(math.MinInt64).String():  "-9223372036.854775808s",
		Bytes(math.MaxInt64).String():     "9223372.036854775807 TB",
		Bitrate(math.MaxInt64).String():   "9223372.036854775807 Tbit/s",
		Duration(999_999_999).String():    "999.999999ms",
		Duration(1_000_000_001).String():  "1.000000001s",
		(2 * Hour).String():               "7200s",
		(KiB + MiB).String():              "1025 KiB",
		(1500 * Microsecond).String():     "1.5ms",
		(100 * MbitPerSecond).String():    "100 Mbit/s",
		(1234567 * BitPerSecond).String(): "1.234567 Mbit/s",
	} {
		if got != want {
			t.Errorf("printed %q, want %q", got, want)
		}
	}
}

// TestRoundTrip: what is printed reads back as the same value.
func TestRoundTrip(t *testing.T) {
	for kind, parse := range parsers {
		print := map[string]func(int64) string{
			"duration": func(v int64) string { return Duration(v).String() },
			"rate":     func(v int64) string { return Bitrate(v).String() },
			"size":     func(v int64) string { return Bytes(v).String() },
			"packets":  func(v int64) string { return Packets(v).String() },
		}[kind]
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				v := rapid.Int64Range(0, math.MaxInt64).Draw(t, "v")
				// Round numbers are where prefixes change.
				d := rapid.SampledFrom([]int64{1, 1000, 1024}).Draw(t, "d")
				v = v / d * d
				got, _, err := parse(print(v))
				if err != nil || got != v {
					t.Fatalf("%d prints %q, which reads %d, %v", v, print(v), got, err)
				}
			})
		})
	}
}

func fuzz(f *testing.F, parse parser, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, printed, err := parse(s)
		if err != nil {
			if v != 0 || err.Error() == "" {
				t.Fatalf("%q: value %d with error %v", s, v, err)
			}
			return
		}
		again, _, err := parse(printed)
		if v < 0 || err != nil || again != v {
			t.Fatalf("%q reads %d, prints %q, which reads %d, %v", s, v, printed, again, err)
		}
	})
}

func FuzzDuration(f *testing.F) {
	fuzz(f, parsers["duration"], "20ms", "1.5 s", "2min", "10 m", "-1s", "1e3s", "5 µs",
		"9223372036.854775807s")
}

func FuzzBitrate(f *testing.F) {
	fuzz(f, parsers["rate"], "10 Mbit/s", "10Mbps", "10M", "10 MB/s", "1.000001 kbit/s", "0x1 bps")
}

func FuzzBytes(f *testing.F) {
	fuzz(f, parsers["size"], "64KiB", "1.5 MB", "80 kB", "5 Kb", "8b", "16 TiB", "1 bytes")
}

func FuzzPackets(f *testing.F) { fuzz(f, parsers["packets"], "100 packets", "1 packet", "10 pkts") }
