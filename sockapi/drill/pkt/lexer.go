package pkt

import (
	"fmt"
	"strings"
)

// Pos is a place in a script, from 1.
type Pos struct{ Line, Col int }

// Error is a mistake in a script.
type Error struct {
	File string
	Pos
	Problem string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Problem) }

type kind uint8

const (
	tokEnd kind = iota
	tokPunct
	tokInteger
	tokFloat
	tokHex
	tokWord
	tokString   // text without the quotes, escapes resolved
	tokCommand  // `...`
	tokCode     // %{...}%
	tokOption   // --name or --name=value, to the next blank
	tokEllipsis // ...
	tokIPv4
)

type token struct {
	kind kind
	text string
	Pos
	offset int // of the first octet
	end    int // behind the last octet
}

// lexer cuts a script into tokens; longest match, as the original scanner.
type lexer struct {
	file string
	text string
	at   int
	line int
	bol  int // offset of the line's first octet
	toks []token
}

func (l *lexer) pos() Pos { return Pos{l.line, l.at - l.bol + 1} }

func (l *lexer) fail(p Pos, format string, args ...any) error {
	return &Error{l.file, p, fmt.Errorf(format, args...).Error()}
}

// advance moves over n octets and counts lines.
func (l *lexer) advance(n int) {
	for i := l.at; i < l.at+n; i++ {
		if l.text[i] == '\n' {
			l.line++
			l.bol = i + 1
		}
	}
	l.at += n
}

func lex(file, text string) ([]token, error) {
	l := &lexer{file: file, text: text, line: 1}
	for {
		if err := l.skip(); err != nil {
			return nil, err
		}
		if l.at == len(l.text) {
			l.add(tokEnd, "", 0)
			return l.toks, nil
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) add(k kind, text string, n int) {
	l.toks = append(l.toks, token{kind: k, text: text, Pos: l.pos(), offset: l.at, end: l.at + n})
	l.advance(n)
}

// skip passes over blanks and comments: // and /* */ everywhere, # to the end of the line at its beginning.
func (l *lexer) skip() error {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.advance(1)
		case strings.HasPrefix(rest, "//"), rest[0] == '#':
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.advance(n)
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return l.fail(l.pos(), "comment without end: close it with */")
			}
			l.advance(n + 4)
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) next() error {
	rest := l.text[l.at:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "..."):
		l.add(tokEllipsis, "...", 3)
	case strings.HasPrefix(rest, "%{"):
		n := strings.Index(rest, "}%")
		if n < 0 {
			return l.fail(l.pos(), "code without end: close it with }%%")
		}
		l.add(tokCode, rest[2:n], n+2)
	case c == '"':
		return l.quoted(rest)
	case c == '`':
		n := 1
		for n < len(rest) && rest[n] != '`' {
			if rest[n] == '\\' && n+1 < len(rest) {
				n++
			}
			n++
		}
		if n >= len(rest) {
			return l.fail(l.pos(), "command without end: close it with `")
		}
		l.add(tokCommand, rest[1:n], n+1)
	case strings.HasPrefix(rest, "--") && len(rest) > 2 && isWord(rest[2]):
		n := optionLen(rest)
		l.add(tokOption, rest[:n], n)
	case isWord(c) || numberAt(rest) > 0:
		l.number(rest)
	case c < 0x21 || c > 0x7e:
		return l.fail(l.pos(), "character %q has no place in a script", c)
	default:
		l.add(tokPunct, rest[:1], 1)
	}
	return nil
}

// optionLen is the length of --name=value; the value ends at a blank outside quotes.
func optionLen(s string) int {
	quote := byte(0)
	for n := 0; n < len(s); n++ {
		switch c := s[n]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '`':
			quote = c
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			return n
		}
	}
	return len(s)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isWord(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func run(s string, ok func(byte) bool) int {
	n := 0
	for n < len(s) && ok(s[n]) {
		n++
	}
	return n
}

// numberAt is the length of a number with sign or fraction at the start of s, 0 for none.
func numberAt(s string) int {
	n := 0
	if s[0] == '-' {
		n = 1
	}
	n += run(s[n:], isDigit)
	if n < len(s)-1 && s[n] == '.' && isDigit(s[n+1]) {
		return n + 1 + run(s[n+1:], isDigit)
	}
	if n > 0 && isDigit(s[n-1]) {
		return n
	}
	return 0
}

// ipv4At is the length of an IPv4 address at the start of s, 0 for none.
func ipv4At(s string) int {
	n := 0
	for i := range 4 {
		if i > 0 {
			if n >= len(s) || s[n] != '.' {
				return 0
			}
			n++
		}
		d := run(s[n:], isDigit)
		if d < 1 || d > 3 {
			return 0
		}
		n += d
	}
	return n
}

// number adds a number, an address or a word, whichever is longest.
func (l *lexer) number(rest string) {
	word, num := run(rest, isWord), numberAt(rest)
	switch ip := ipv4At(rest); {
	case ip > word && ip > num:
		l.add(tokIPv4, rest[:ip], ip)
	case num >= word:
		k := tokInteger
		if strings.IndexByte(rest[:num], '.') >= 0 {
			k = tokFloat
		}
		l.add(k, rest[:num], num)
	case word > 2 && (strings.HasPrefix(rest, "0x") || strings.HasPrefix(rest, "0X")) &&
		run(rest[2:word], isHex) == word-2:
		l.add(tokHex, rest[:word], word)
	default:
		l.add(tokWord, rest[:word], word)
	}
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// quoted adds a string; the escapes are those of C that the original knows.
func (l *lexer) quoted(rest string) error {
	var text strings.Builder
	for n := 1; n < len(rest); n++ {
		switch c := rest[n]; c {
		case '"':
			l.add(tokString, text.String(), n+1)
			return nil
		case '\\':
			n++
			if n == len(rest) {
				break
			}
			switch e := rest[n]; e {
			case 'n':
				text.WriteByte('\n')
			case 't':
				text.WriteByte('\t')
			case 'r':
				text.WriteByte('\r')
			case '0':
				text.WriteByte(0)
			case 'x':
				if n+2 < len(rest) && isHex(rest[n+1]) && isHex(rest[n+2]) {
					text.WriteByte(unhex(rest[n+1])<<4 | unhex(rest[n+2]))
					n += 2
					continue
				}
				return l.fail(l.pos(), "\\x needs two hexadecimal digits")
			default:
				text.WriteByte(e)
			}
		default:
			text.WriteByte(c)
		}
	}
	return l.fail(l.pos(), "string without end: close it with \"")
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}
