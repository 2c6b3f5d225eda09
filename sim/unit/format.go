package unit

import "strconv"

// fraction prints v/per in decimal, exactly. per is a power of ten.
func fraction(v, per uint64) string {
	s := strconv.FormatUint(v/per, 10)
	rest := v % per
	if rest == 0 {
		return s
	}
	digits := strconv.FormatUint(per+rest, 10)[1:] // keeps the leading zeros
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return s + "." + digits
}

// largest returns the last unit (they rise) that v reaches; the first one for 0.
func largest(v uint64, units []suffix) suffix {
	best := units[0]
	for _, u := range units {
		if v >= u.factor {
			best = u
		}
	}
	return best
}

// magnitude returns |v| and a minus sign where v is negative.
func magnitude(v int64) (abs uint64, sign string) {
	if v < 0 {
		return -uint64(v), "-"
	}
	return uint64(v), ""
}
