package unit

import (
	"math/bits"
	"strconv"
	"strings"
)

// Ratio is an exact fraction between 0 and 1: Num/Den. The zero value means 0. Values that Parse returns
// are in lowest terms, with 0 as the zero value, so that == compares them.
type Ratio struct{ Num, Den uint64 }

// ParseRatio reads a part of a whole such as "0.1%", "1/1000" or "0". The error is a *ParseError.
func ParseRatio(s string) (Ratio, error) {
	bad := func(msg, hint string) (Ratio, error) {
		return Ratio{}, &ParseError{Quantity: "ratio", Input: s, Msg: msg, Hint: hint}
	}
	t := strings.Trim(s, " \t")
	if t == "0" {
		return Ratio{}, nil
	}
	if num, den, ok := strings.Cut(t, "/"); ok {
		n, problem := natural(num)
		d, problem2 := natural(den)
		switch {
		case problem != "" || problem2 != "":
			return bad("is not a fraction of whole numbers", "as in 1/1000")
		case d == 0:
			return bad("divides by zero", "as in 1/1000")
		case n > d:
			return bad("is above 1", "from 0 to 1/1, or 0% to 100%")
		}
		return reduced(n, d), nil
	}
	number, unit, msg, hint := split(t)
	switch {
	case msg != "":
		if hint == "" {
			hint = "as in 0.1% or 1/1000"
		}
		return bad(msg, hint)
	case unit == "":
		return bad("has no unit", "write "+number+"% if percent are meant, or a fraction such as 1/1000")
	case unit != "%":
		return bad("has an unknown unit "+quote(unit), "as in 0.1% or 1/1000")
	}
	mant, den, problem := decimal(number)
	if problem == "" && den > (1<<64-1)/100 {
		problem = inexact
	}
	switch {
	case problem == inexact:
		return bad("has too many digits", "at most 17 after the point")
	case problem != "" || mant > den*100:
		return bad("is above 100%", "from 0% to 100%")
	}
	return reduced(mant, den*100), nil
}

// natural reads a whole number, spaces around it allowed.
func natural(s string) (v uint64, problem string) {
	s = strings.Trim(s, " \t")
	if s == "" || strings.TrimLeft(s, "0123456789") != "" {
		return 0, inexact
	}
	v, _, problem = decimal(s)
	return v, problem
}

// reduced returns num/den in lowest terms.
func reduced(num, den uint64) Ratio {
	if num == 0 {
		return Ratio{}
	}
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	return Ratio{Num: num / a, Den: den / a}
}

// IsZero tells that the ratio is 0.
func (r Ratio) IsZero() bool { return r.Num == 0 }

// IsOne tells that the ratio is 1.
func (r Ratio) IsOne() bool { return r.Num != 0 && r.Num == r.Den }

// Threshold returns r × 2^64, rounded down, for comparing with 64 random bits: true when they are below it.
// For 1 it returns 2^64-1; ask IsOne first where "always" must be exact.
func (r Ratio) Threshold() uint64 {
	switch {
	case r.Num == 0:
		return 0
	case r.Num >= r.Den:
		return 1<<64 - 1
	}
	q, _ := bits.Div64(r.Num, 0, r.Den)
	return q
}

// String prints the ratio exactly, as a percentage where that is short: "0.1%", "1/3".
func (r Ratio) String() string {
	r = reduced(r.Num, r.Den)
	if r.Num == 0 {
		return "0%"
	}
	for per := uint64(1); per <= 1e9; per *= 10 { // per: parts of one percent
		hi, lo := bits.Mul64(r.Num, 100*per)
		if hi >= r.Den {
			continue
		}
		if q, rem := bits.Div64(hi, lo, r.Den); rem == 0 {
			return fraction(q, per) + "%"
		}
	}
	return strconv.FormatUint(r.Num, 10) + "/" + strconv.FormatUint(r.Den, 10)
}
