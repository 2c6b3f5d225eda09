package unit

import (
	"math"
	"math/bits"
	"strings"
)

// ParseError tells why a text is not a quantity. It is the only error type of this package.
type ParseError struct {
	Quantity string // "duration", "bit rate" ...
	Input    string // as given
	Msg      string // what is wrong: "has no unit"
	Hint     string // what to write instead; may be empty
}

// Error returns quantity, input, problem and hint in one line.
func (e *ParseError) Error() string {
	s := e.Quantity + " " + quote(e.Input) + " " + e.Msg
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// quote puts s between quotation marks, without control characters and shortened where absurdly long.
func quote(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	return `"` + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return '?'
		}
		return r
	}, s) + `"`
}

// suffix is one way to write a unit and what it is worth in the quantity's base unit.
type suffix struct {
	name   string
	factor uint64
}

// grammar is how one quantity is written: a decimal number and one of the units.
type grammar struct {
	what    string   // "bit rate"
	base    string   // the base unit in the plural: "nanoseconds"
	units   []suffix // every accepted spelling
	suggest []string // two units to offer for a bare number
	largest string   // math.MaxInt64 as printed
	// advise explains a suffix that people write and that is not accepted; "" if it knows nothing of it.
	advise func(number, unit string) (msg, hint string)
}

// parse reads s as a whole, non-negative number of base units.
func (g *grammar) parse(s string) (int64, error) {
	bad := func(msg, hint string) (int64, error) {
		return 0, &ParseError{Quantity: g.what, Input: s, Msg: msg, Hint: hint}
	}
	number, unit, msg, hint := split(strings.Trim(s, " \t"))
	if msg == "" && unit == "" {
		msg, hint = "has no unit", "write "+number+" "+strings.Join(g.suggest, " or "+number+" ")
	}
	if msg != "" {
		if hint == "" {
			hint = "for example 10 " + g.suggest[0]
		}
		return bad(msg, hint)
	}
	factor := uint64(0)
	for _, u := range g.units {
		if u.name == unit {
			factor = u.factor
		}
	}
	if factor == 0 {
		return bad(g.unknown(number, unit))
	}
	v, msg := scale(number, factor)
	switch msg {
	case "":
		return v, nil
	case inexact:
		return bad("is not a whole number of "+g.base, "")
	default:
		return bad("is too large", "the largest is "+g.largest)
	}
}

// unknown explains a unit that is not in the grammar.
func (g *grammar) unknown(number, unit string) (msg, hint string) {
	if g.advise != nil {
		if msg, hint = g.advise(number, unit); msg != "" {
			return msg, hint
		}
	}
	for _, u := range g.units {
		if strings.EqualFold(u.name, unit) {
			return "has an unknown unit " + quote(unit), "upper and lower case differ: write " + number + " " + u.name
		}
	}
	var names []string
	for _, u := range g.units {
		names = append(names, u.name)
	}
	return "has an unknown unit " + quote(unit), "units are " + strings.Join(names, ", ")
}

// split cuts s into a plain decimal number and what follows it. msg tells what is wrong.
func split(s string) (number, unit, msg, hint string) {
	if s == "" {
		return "", "", "is empty", ""
	}
	switch s[0] {
	case '-':
		return "", "", "is negative", "must not be below zero"
	case '+':
		return "", "", "has a sign", "leave the + away"
	case '.':
		return "", "", "starts with a point", "write 0" + s
	}
	end, points := 0, 0
	for end < len(s) && (isDigit(s[end]) || s[end] == '.') {
		if s[end] == '.' {
			points++
		}
		end++
	}
	number, unit = s[:end], strings.TrimLeft(s[end:], " \t")
	switch {
	case end == 0:
		return "", "", "does not start with a number", ""
	case points > 1:
		return "", "", "has two decimal points", ""
	case s[end-1] == '.':
		return "", "", "has no digit after the point", ""
	case number == "0" && (strings.HasPrefix(unit, "x") || strings.HasPrefix(unit, "X")):
		return "", "", "is a hexadecimal number", "write it in decimal"
	case unit != "" && (unit[0] == '_' || unit[0] == ','):
		return "", "", "has " + quote(unit[:1]) + " in its number",
			"digits and one decimal point only, as in 1000 or 1.5"
	case len(unit) > 1 && (unit[0] == 'e' || unit[0] == 'E') && strings.IndexByte("+-0123456789", unit[1]) >= 0:
		return "", "", "has an exponent", "write the number out, or use a larger or smaller unit"
	case unit != "" && strings.ContainsAny(unit, "0123456789"):
		return "", "", "has more than one number", "one number and one unit, as in 90s"
	}
	return number, unit, "", ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// Why a number cannot be scaled.
const (
	inexact  = "inexact"
	tooLarge = "too large"
)

// scale returns number × factor, exactly.
func scale(number string, factor uint64) (v int64, problem string) {
	mant, den, problem := decimal(number)
	if problem != "" {
		return 0, problem
	}
	hi, lo := bits.Mul64(mant, factor)
	if hi >= den {
		return 0, tooLarge
	}
	q, rem := bits.Div64(hi, lo, den)
	switch {
	case rem != 0:
		return 0, inexact
	case q > math.MaxInt64:
		return 0, tooLarge
	}
	return int64(q), ""
}

// decimal reads digits[.digits] as mant/den with den a power of ten.
func decimal(number string) (mant, den uint64, problem string) {
	whole, frac, _ := strings.Cut(number, ".")
	frac = strings.TrimRight(frac, "0")
	for _, c := range []byte(whole + frac) {
		hi, lo := bits.Mul64(mant, 10)
		sum, carry := bits.Add64(lo, uint64(c-'0'), 0)
		if hi != 0 || carry != 0 {
			// Too many digits: beyond the point nothing so fine is a whole number of base units.
			if len(frac) > 0 {
				return 0, 0, inexact
			}
			return 0, 0, tooLarge
		}
		mant = sum
	}
	den = 1
	for range frac {
		hi, lo := bits.Mul64(den, 10)
		if hi != 0 {
			return 0, 0, inexact
		}
		den = lo
	}
	return mant, den, ""
}
