package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxRuns bounds the size of one sweep.
const MaxRuns = 1_000_000

// Axis is one dimension of a sweep.
type Axis struct {
	Name  string // a path into the scenario, links.wifi.rate, or what a study calls the axis
	Cases []Case
}

// Case is one value of an axis.
type Case struct {
	Name string   // the value as written, or what the study calls it
	Sets []string // path=value, not yet checked
}

// Run is one point under one seed.
type Run struct {
	Point string   // stable name, fit for a folder: "links.wifi.rate=8Mbps", "base" without axes
	Sets  []string // path=value, for the decoder
	Cases []int    // of each axis, which case
	Seed  uint64
}

// ParseAxis reads path=value,value... Values may hold commas inside brackets or braces.
func ParseAxis(s string) (Axis, error) {
	path, list, ok := strings.Cut(s, "=")
	path = strings.TrimSpace(path)
	if !ok || path == "" {
		return Axis{}, fmt.Errorf("axis %q is not path=value,value (example: links.wifi.rate=8Mbps,16Mbps)", s)
	}
	var values []string
	for _, v := range splitTop(list) {
		v = strings.TrimSpace(v)
		if v == "" {
			return Axis{}, fmt.Errorf("axis %q has an empty value (two commas, or one at the end)", s)
		}
		if slices.Contains(values, v) {
			return Axis{}, fmt.Errorf("axis %q names the value %q twice", s, v)
		}
		values = append(values, v)
	}
	return Values(path, []string{path}, values), nil
}

// Values returns the axis on which all of the paths take each of the values.
func Values(name string, paths, values []string) Axis {
	a := Axis{Name: name}
	for _, v := range values {
		c := Case{Name: v}
		for _, p := range paths {
			c.Sets = append(c.Sets, p+"="+v)
		}
		a.Cases = append(a.Cases, c)
	}
	return a
}

// splitTop splits at commas outside brackets, braces and quotes.
func splitTop(s string) []string {
	var parts []string
	depth, start := 0, 0
	var quote byte
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// ParseSeeds reads "3", "1..10" or "1,5,9..12" into the list of seeds, in the order written.
func ParseSeeds(s string) ([]uint64, error) {
	var seeds []uint64
	for _, part := range strings.Split(s, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "..")
		first, err := strconv.ParseUint(from, 10, 64)
		last := first
		if err == nil && isRange {
			last, err = strconv.ParseUint(to, 10, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("seeds %q: %q is neither a number nor a range (examples: 3, 1..10)", s, part)
		}
		if last < first || last-first >= MaxRuns {
			return nil, fmt.Errorf("seeds %q: the range %s must rise and hold at most %d seeds", s, part, MaxRuns)
		}
		for n := first; ; n++ {
			if slices.Contains(seeds, n) {
				return nil, fmt.Errorf("seeds %q: %d occurs twice", s, n)
			}
			seeds = append(seeds, n)
			if n == last {
				break
			}
		}
	}
	return seeds, nil
}

// Expand lists every run of the sweep: points in the product's order, seeds inside each point. sets hold at
// every point, before those of the axes.
func Expand(sets []string, axes []Axis, seeds []uint64) ([]Run, error) {
	points := [][]int{nil}
	for i, a := range axes {
		if err := disjoint(a, axes[:i]); err != nil {
			return nil, err
		}
		if len(points)*len(a.Cases) > MaxRuns {
			return nil, fmt.Errorf("the axes make more than %d points", MaxRuns)
		}
		var next [][]int
		for _, p := range points {
			for k := range a.Cases {
				next = append(next, append(slices.Clone(p), k))
			}
		}
		points = next
	}
	if len(points)*len(seeds) > MaxRuns {
		return nil, fmt.Errorf("%d points with %d seeds are more than %d runs", len(points), len(seeds), MaxRuns)
	}
	var runs []Run
	for _, p := range points {
		all := slices.Clone(sets)
		for i, k := range p {
			all = append(all, axes[i].Cases[k].Sets...)
		}
		name := pointName(axes, p, all)
		for _, seed := range seeds {
			runs = append(runs, Run{Point: name, Sets: all, Cases: p, Seed: seed})
		}
	}
	return runs, nil
}

// disjoint refuses an axis that sets what another one sets.
func disjoint(a Axis, others []Axis) error {
	mine := a.paths()
	for _, b := range others {
		if a.Name == b.Name {
			return fmt.Errorf("axis %s is given twice: write all its values in one", a.Name)
		}
		for _, p := range b.paths() {
			if slices.Contains(mine, p) {
				return fmt.Errorf("both axes %s and %s set %s", b.Name, a.Name, p)
			}
		}
	}
	return nil
}

// paths lists what any case of the axis sets.
func (a Axis) paths() []string {
	var all []string
	for _, c := range a.Cases {
		for _, set := range c.Sets {
			path, _, _ := strings.Cut(set, "=")
			if !slices.Contains(all, path) {
				all = append(all, path)
			}
		}
	}
	return all
}

// pointName names the point by the axes that vary, in a form that every file system takes. Different
// points have different names.
func pointName(axes []Axis, point []int, sets []string) string {
	var parts []string
	for i, a := range axes {
		if len(a.Cases) > 1 {
			parts = append(parts, partName(a, point[i]))
		}
	}
	return fitName(strings.Join(parts, ","), sets)
}

// PointOf names the one point of overrides (path=value) that make no sweep: by all of them.
func PointOf(sets []string) string {
	var parts []string
	for _, set := range sets {
		parts = append(parts, folder(set))
	}
	return fitName(strings.Join(parts, ","), sets)
}

// fitName makes a name of a point the name of a folder; a point without any value is called base.
func fitName(name string, sets []string) string {
	switch {
	case name == "":
		return "base"
	case len(name) > maxName:
		return name[:maxName] + "~" + digest(strings.Join(sets, "\n"))
	}
	return name
}

// maxName is the longest name of a folder, octets, that is used as it is: file systems take 255.
const maxName = 200

// partName names one axis's value; where the folder's name of another value of the axis is the same,
// or differs only in case, a digest tells them apart.
func partName(a Axis, k int) string {
	whole := a.Name + "=" + a.Cases[k].Name
	name := folder(whole)
	for i, c := range a.Cases {
		if i != k && strings.EqualFold(folder(a.Name+"="+c.Name), name) {
			return name + "~" + digest(whole)
		}
	}
	return name
}

// digest returns 8 hexadecimal digits.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// folder drops spaces and replaces what a file system or a shell minds.
func folder(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return -1
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', strings.ContainsRune("=.-_%", r):
			return r
		}
		return '_'
	}, s)
}
