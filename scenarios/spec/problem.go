package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Position is a place in a scenario file or in a --set option. Lines and columns count from 1; columns are
// characters.
type Position struct {
	File      string // as given to Load; "--set path=value" for an override
	Line, Col int    // Line is 0 for an override
}

// String returns file:line:col, or file:col for an override.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File + ":" + strconv.Itoa(p.Col)
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col)
}

// Problem is one thing that is wrong with a scenario.
type Problem struct {
	Position
	Path   string // as in links.wifi.rate; may be empty
	Msg    string // what is wrong
	Hint   string // what to do; may be empty
	Source string // the text of the line
	More   int    // further problems that are not reported, with the last one only
}

// Error returns "file:line:col: what (hint)", the line's text, and a caret under the place.
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", p.Position, p.Msg)
	if p.Hint != "" {
		fmt.Fprintf(&b, " (%s)", p.Hint)
	}
	if p.Source == "" {
		return b.String()
	}
	margin := ""
	if p.Line > 0 {
		margin = strconv.Itoa(p.Line)
	}
	text, before := window(p.Source, p.Col)
	fmt.Fprintf(&b, "\n%5s | %s\n      | %s^", margin, text, before)
	return b.String()
}

// window returns the part of a line around col, fit for a terminal, and the white space that brings a caret
// under it.
func window(line string, col int) (text, before string) {
	const reach = 100
	runes := []rune(strings.TrimRight(line, " \t\r"))
	col = min(max(col-1, 0), len(runes))
	lead, trail := "", ""
	if len(runes) > col+reach {
		runes, trail = runes[:col+reach], "..."
	}
	if col > reach {
		runes, lead, col = runes[col-reach:], "...", reach
	}
	for i, r := range runes {
		if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 {
			runes[i] = '?'
		}
	}
	text = lead + string(runes) + trail
	blank := slices.Clone(runes[:col])
	for i, r := range blank {
		if r != '\t' {
			blank[i] = ' '
		}
	}
	return text, strings.Repeat(" ", len(lead)) + string(blank)
}

// MaxProblems is how many problems of one file are reported.
const MaxProblems = 20

// Problems are all that is wrong with a scenario, in the order of the file, overrides last. Nil: nothing is.
type Problems []Problem

// Error prints the problems one after the other.
func (ps Problems) Error() string {
	var lines []string
	for _, p := range ps {
		lines = append(lines, p.Error())
		if p.More > 0 {
			lines = append(lines,
				fmt.Sprintf("and %d more: only the first %d problems are shown", p.More, MaxProblems))
		}
	}
	return strings.Join(lines, "\n")
}

// Err returns ps as an error, nil if there is none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
