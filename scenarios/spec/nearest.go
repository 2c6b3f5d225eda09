package spec

import (
	"strings"
)

// nearest returns a hint that names the known word most like the given one, or lists the words if they are
// few, or "".
func nearest(word string, known []string) string {
	best := closest(word, known)
	switch {
	case best != "":
		return "did you mean " + quote(best) + "?"
	case len(known) == 0:
		return ""
	}
	return "known here: " + strings.Join(known, ", ")
}

// closest returns the known word most like the given one, or "" if none is.
func closest(word string, known []string) string {
	length := len([]rune(word))
	best, least := "", length/3+1
	for _, k := range known {
		dist := distance(strings.ToLower(word), strings.ToLower(k))
		if dist >= length { // nothing in common
			continue
		}
		if dist < least || dist == least && best == "" {
			best, least = k, dist
		}
	}
	return best
}

// distance is the number of single-character edits and swaps of neighbours between two words (optimal
// string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if len(s) > 64 || len(t) > 64 {
		return 64
	}
	var two []int
	one := make([]int, len(t)+1)
	for j := range one {
		one[j] = j
	}
	for i := range s {
		row := make([]int, len(t)+1)
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(one[j+1]+1, row[j]+1, one[j]+cost)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], two[j-1]+1)
			}
		}
		two, one = one, row
	}
	return one[len(t)]
}

// quote puts a word from the input between quotation marks, shortened where it is long.
func quote(s string) string {
	runes := []rune(s)
	if len(runes) > 40 {
		runes = append(runes[:40], []rune("...")...)
	}
	for i, r := range runes {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			runes[i] = '?'
		}
	}
	return `"` + string(runes) + `"`
}

// Closest returns the known word most like the given one, or "" if none is: for names that only who builds the
// world knows.
func Closest(word string, known []string) string { return closest(word, known) }
