package script

import (
	"regexp"
	"strings"
)

// Hints for those who come from Python: what Starlark has in the place of a statement, operator or function.

// wordHints are for words that Starlark keeps and does not use, and names that Python has.
var wordHints = map[string]string{
	"try":      "there are no exceptions: v, err = attempt(f, ...) gives the error of a failed call",
	"except":   "there are no exceptions: v, err = attempt(f, ...) gives the error of a failed call",
	"finally":  "there are no exceptions: v, err = attempt(f, ...) gives the error of a failed call",
	"raise":    "there are no exceptions: fail(\"text\") ends the task",
	"assert":   "write: if not condition: fail(\"text\")",
	"import":   "nothing can be imported: all functions are there, such as now, sleep, rand",
	"from":     "nothing can be imported: all functions are there, such as now, sleep, rand",
	"class":    "there are no classes: use functions and dicts",
	"is":       "use == or !=, also with None",
	"with":     "there is no with: call s.close() at the end",
	"global":   "functions cannot assign names of the module: keep what changes in a dict, made in main() and passed on",
	"nonlocal": "functions cannot assign names of others: keep what changes in a dict",
	"del":      "use d.pop(key), or x = None",
	"yield":    "there are no generators: return a list, or spawn a task",
	"async":    "all calls block: spawn(f, ...) starts a task beside this one, task.join() waits for it",
	"await":    "all calls block: spawn(f, ...) starts a task beside this one, task.join() waits for it",

	"round":      "use fixed(x, digits) for text, int(x + 0.5) for a number",
	"format":     "use fixed(x, digits), or \"%s\" % x",
	"sum":        "add in a loop: for x in list: total += x",
	"pow":        "multiply, or shift: 1 << 10",
	"time":       "nothing can be imported: now() is the time, sleep(ms(20)) waits",
	"random":     "use rand() or rand_int(low, high)",
	"math":       "there is no module math",
	"isinstance": "use type(x) == \"int\"",
	"map":        "use [f(x) for x in list]",
	"filter":     "use [x for x in list if ok(x)]",
	"Exception":  "there are no exceptions: fail(\"text\") ends the task",
	"true":       "True", "false": "False", "null": "None", "nil": "None",
}

// mark is a text in messages of the interpreter, and what to do about it.
type mark struct{ text, hint string }

// syntaxMarks are for what the parser says.
var syntaxMarks = []mark{
	{"does not associate", "write a < b and b < c"},
	{"'**'", "there is no power: multiply, or shift: 1 << 10"},
	{"character '@'", "there are no decorators"},
	{"character '!'", "use not"},
	{"got if, want ':'", "write elif"},
}

// runMarks are for what the interpreter says. The place of * is any text.
var runMarks = []mark{
	{"unknown conversion %", "there are no widths and digits: use \"%s\" % fixed(x, 2)"},
	{"format spec features not supported", "use \"{}\".format(fixed(x, 2))"},
	{"referenced before assignment",
		"if it is a name of the module: those cannot be assigned in functions, keep what changes in a dict made in main()"},
	{" frozen ", "what the module makes is frozen once it has run: make it in main() and pass it on"},
	{"bytes has no .decode ", "str(b) is the text of bytes"},
	{"string has no .encode ", "bytes(s) are the octets of a text"},
	{"unknown binary op: bytes + string", "str(b) is the text of bytes, bytes(s) the octets of a text"},
	{"unknown binary op: string + bytes", "str(b) is the text of bytes, bytes(s) the octets of a text"},
	{"unknown binary op: string + ", "str(x) is its text"},
	{"op: duration + ", "a duration needs a unit, such as ms(20)"},
	{"op: duration - ", "a duration needs a unit, such as ms(20)"},
	{"duration < int", "a duration needs a unit, such as ms(20)"},
	{"duration > int", "a duration needs a unit, such as ms(20)"},
	{"duration <= int", "a duration needs a unit, such as ms(20)"},
	{"duration >= int", "a duration needs a unit, such as ms(20)"},
	{"unhandled index operation args[", "arguments are attributes: args.size"},
	{"got bool, want string", "str(x) is its text"},
	{"called recursively", "there is no recursion: use a loop with a list of what is left"},
}

var (
	textPrefix = regexp.MustCompile(`\b[fF]["']`)
	firstWord  = regexp.MustCompile(`^\s*([A-Za-z_]+)`)
	gotWord    = regexp.MustCompile(`\bgot ([a-z]+)\b`)
	annotated  = regexp.MustCompile(`^\s*[A-Za-z_]+\s*:`)
)

// syntaxHint is what to write instead of what the parser did not understand; line is the line of the script.
func syntaxHint(msg, line string) string {
	for _, m := range syntaxMarks {
		if strings.Contains(msg, m.text) {
			return m.hint
		}
	}
	if m := gotWord.FindStringSubmatch(msg); m != nil && wordHints[m[1]] != "" {
		return m[1] + ": " + wordHints[m[1]]
	}
	word := ""
	if m := firstWord.FindStringSubmatch(line); m != nil {
		word = m[1]
	}
	switch {
	case strings.Contains(msg, "got string literal") && textPrefix.MatchString(line):
		return "there are no f-strings: use \"x is %s\" % x"
	case word == "assert" || word == "async" || word == "await" || word == "del":
		return word + ": " + wordHints[word]
	case word == "print" && strings.HasSuffix(msg, "want newline"):
		return "print is a function: print(x)"
	case strings.HasPrefix(msg, "got ':'") && strings.Contains(line, ":="):
		return "there is no :=, assign in a line of its own"
	case strings.HasPrefix(msg, "got ':'") && (annotated.MatchString(line) || word == "def"),
		strings.HasPrefix(msg, "got '->'"), word == "def" && strings.Contains(line, "->"):
		return "there are no annotations of types"
	}
	return ""
}

// runHint is what to do about an error of the interpreter, or empty.
func runHint(msg string) string {
	for _, m := range runMarks {
		if strings.Contains(msg, m.text) {
			return " (" + m.hint + ")"
		}
	}
	return ""
}

// undefinedHint is for a name that no script has.
func undefinedHint(name string, names []string) string {
	if h := wordHints[name]; h != "" {
		return " (" + h + ")"
	}
	return didYouMean(name, names)
}

// lineOf returns a line of a text, counted from 1, or nothing.
func lineOf(text []byte, n int) string {
	s := string(text)
	for ; n > 1; n-- {
		_, rest, ok := strings.Cut(s, "\n")
		if !ok {
			return ""
		}
		s = rest
	}
	line, _, _ := strings.Cut(s, "\n")
	return line[:min(len(line), maxLine)]
}
