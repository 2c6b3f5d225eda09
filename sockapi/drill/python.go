package drill

import (
	"strconv"
	"strings"
)

// The blocks are written in Python; what they use of it that Starlark does not have is translated: the assert
// statement, and comparisons in a chain (a <= b <= c) inside of it.

// dedent takes the indentation that all lines share away.
func dedent(text string) string {
	if !strings.Contains(strings.TrimSpace(text), "\n") {
		return strings.TrimSpace(text) + "\n"
	}
	lines := strings.Split(text, "\n")
	lines[0] = strings.TrimLeft(lines[0], " \t")
	least := -1
	for i, l := range lines {
		if i == 0 && l != "" || strings.TrimSpace(l) == "" {
			continue
		}
		if n := len(l) - len(strings.TrimLeft(l, " \t")); least < 0 || n < least {
			least = n
		}
	}
	for i, l := range lines {
		if i > 0 && len(l) >= least && least > 0 {
			lines[i] = l[least:]
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// translate replaces assert statements by calls.
func translate(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		n := statement(text)
		s := text[:n]
		body := strings.TrimLeft(s, " \t")
		rest, ok := strings.CutPrefix(body, "assert")
		if ok && rest != "" && strings.IndexByte(" \t(", rest[0]) >= 0 {
			b.WriteString(s[:len(s)-len(body)] + assertCall(rest))
		} else {
			b.WriteString(s)
		}
		if n < len(text) {
			b.WriteByte(text[n])
			n++
		}
		text = text[n:]
	}
	return b.String()
}

// scan calls f with each octet outside strings and brackets, until f returns false; it returns where that
// was.
func scan(text string, f func(i int) bool) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#' && depth == 0:
			for i < len(text) && text[i] != '\n' {
				i++
			}
			if i < len(text) && !f(i) {
				return i
			}
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case depth <= 0:
			if !f(i) {
				return i
			}
		}
	}
	return len(text)
}

// statement returns where the first statement ends: at a line's end, or at ; or at the : of a compound one.
func statement(text string) int {
	return scan(text, func(i int) bool { return text[i] != '\n' && text[i] != ';' && text[i] != ':' })
}

func assertCall(rest string) string {
	comment := ""
	comma := scan(rest, func(i int) bool { return rest[i] != ',' })
	condition, message := rest[:comma], ""
	if comma < len(rest) {
		message = ", " + strings.TrimSpace(rest[comma+1:])
	}
	if i := strings.IndexByte(message, '#'); i >= 0 && !strings.ContainsAny(message[:i], `"'`) {
		message, comment = strings.TrimSpace(message[:i]), " "+message[i:]
	}
	condition = strings.TrimSpace(condition)
	return "assert_(" + chains(condition) + ", " + quote(condition) + message + ")" + comment
}

// quote writes a text as a string of the language.
func quote(text string) string { return strconv.Quote(strings.Join(strings.Fields(text), " ")) }

// chains writes a <= b <= c as a <= b and b <= c.
func chains(text string) string {
	var parts []string
	start := 0
	at := scan(text, func(i int) bool {
		for _, word := range []string{" and ", " or "} {
			if strings.HasPrefix(text[i:], word) && i >= start {
				parts = append(parts, chain(text[start:i]), word)
				start = i + len(word)
			}
		}
		return true
	})
	return strings.Join(parts, "") + chain(text[start:at])
}

func chain(text string) string {
	var ops, sides []string
	start := 0
	scan(text, func(i int) bool {
		if i < start {
			return true
		}
		for _, op := range []string{"<=", ">=", "==", "!=", "<", ">"} {
			if strings.HasPrefix(text[i:], op) {
				ops, sides = append(ops, op), append(sides, text[start:i])
				start = i + len(op)
				break
			}
		}
		return true
	})
	if len(ops) < 2 {
		return text
	}
	sides = append(sides, text[start:])
	var b strings.Builder
	for i, op := range ops {
		if i > 0 {
			b.WriteString(" and ")
		}
		b.WriteString("(" + strings.TrimSpace(sides[i]) + ") " + op + " (" + strings.TrimSpace(sides[i+1]) + ")")
	}
	return b.String()
}
