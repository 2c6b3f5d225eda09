package script

// didYouMean is " (did you mean X?)" for the name nearest to a wrong one, or empty.
func didYouMean(wrong string, names []string) string {
	best, distance := "", len(wrong)/3+1
	for _, name := range names {
		if d := editDistance(wrong, name, distance); d < distance || d == distance && best == "" {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// editDistance counts insertions, deletions and replacements of octets, whatever their case; more than most is
// most+1.
func editDistance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := before
			if lower(a[i]) != lower(b[j]) {
				d = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], d
		}
	}
	return min(row[len(b)], most+1)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
