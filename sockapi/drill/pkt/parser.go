package pkt

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Parse reads a script, with the words defined (NAME=VALUE) replaced by their values. The error is an *Error.
func Parse(file, text string, defines ...string) (s *Script, err error) {
	toks, err := lex(file, text)
	if err != nil {
		return nil, err
	}
	p := &parser{file: file, text: text, toks: toks}
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *Error:
			s, err = nil, x
		default:
			panic(x)
		}
	}()
	for _, d := range defines {
		p.define(d, Pos{1, 1})
	}
	return p.script(), nil
}

// parser reads tokens by recursive descent; fail unwinds it.
type parser struct {
	file string
	text string
	toks []token
	i    int

	nested int // brackets around the present expression
}

func (p *parser) tok() *token  { return &p.toks[p.i] }
func (p *parser) peek() *token { return &p.toks[min(p.i+1, len(p.toks)-1)] }

func (p *parser) failAt(at Pos, format string, args ...any) {
	panic(&Error{p.file, at, fmt.Errorf(format, args...).Error()})
}

// unexpected fails at the present token.
func (p *parser) unexpected(want string) {
	t := p.tok()
	if t.kind == tokEnd {
		p.failAt(t.Pos, "the script ends where %s is expected", want)
	}
	p.failAt(t.Pos, "%q stands where %s is expected", p.text[t.offset:t.end], want)
}

func (p *parser) take() *token {
	t := p.tok()
	if t.kind != tokEnd {
		p.i++
	}
	return t
}

func (p *parser) is(text string) bool {
	t := p.tok()
	return (t.kind == tokPunct || t.kind == tokWord || t.kind == tokEllipsis) && t.text == text
}

// accept takes the token if it is text.
func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(text string) *token {
	if !p.is(text) {
		p.unexpected(strconv.Quote(text))
	}
	return p.take()
}

func (p *parser) word(what string) *token {
	if p.tok().kind != tokWord {
		p.unexpected(what)
	}
	return p.take()
}

// number reads an integer within bounds.
func (p *parser) number(what string, low, high int64) int64 {
	t := p.tok()
	if t.kind != tokInteger && t.kind != tokHex {
		p.unexpected(what)
	}
	v, err := strconv.ParseInt(t.text, 0, 64)
	if t.kind == tokInteger {
		v, err = strconv.ParseInt(t.text, 10, 64)
	}
	if err != nil || v < low || v > high {
		p.failAt(t.Pos, "%s is %s: must be %d..%d", what, t.text, low, high)
	}
	p.i++
	return v
}

func (p *parser) script() *Script {
	s := &Script{File: p.file}
	for p.tok().kind == tokOption {
		t := p.take()
		o := Option{Pos: t.Pos}
		o.Name, o.Value, o.HasValue = strings.Cut(t.text[2:], "=")
		o.Value = strings.ReplaceAll(o.Value, `"`, "")
		if o.Name == "define" {
			p.define(o.Value, t.Pos)
			continue
		}
		s.Options = append(s.Options, o)
	}
	if t := p.tok(); t.kind == tokCommand {
		s.Init = &Command{t.Pos, p.take().text}
	}
	for p.tok().kind != tokEnd {
		if t := p.tok(); t.kind == tokCommand {
			s.Cleanup = &Command{t.Pos, p.take().text}
			if p.tok().kind != tokEnd {
				p.unexpected("the end of the script (a command without a time can only be first or last)")
			}
			break
		}
		s.Events = append(s.Events, p.event())
	}
	if len(s.Events) == 0 {
		p.unexpected("an event")
	}
	return s
}

func (p *parser) event() *Event {
	first := p.tok()
	e := &Event{Pos: first.Pos}
	e.Time = p.time()
	t := p.tok()
	switch {
	case t.kind == tokCommand:
		e.Command = &Command{t.Pos, p.take().text}
	case t.kind == tokCode:
		e.Code = &Code{t.Pos, p.take().text}
	case p.is("<") || p.is(">"):
		e.Packet = p.packet()
	case t.kind == tokWord || t.kind == tokEllipsis:
		e.Call = p.call(e.Time)
	default:
		p.unexpected("a packet (< or >), a system call, a `command` or %{ code }%")
	}
	if (e.Time.Kind == Any || e.Time.Range) && (e.Packet == nil || e.Packet.In) {
		p.failAt(first.Pos, "only an outgoing packet can have a time of * or a range a~b")
	}
	e.Text = strings.Join(strings.Fields(p.text[t.offset:p.toks[p.i-1].end]), " ")
	return e
}

func (p *parser) time() Time {
	if p.accept("*") {
		return Time{Kind: Any}
	}
	t := Time{}
	if p.accept("+") {
		t.Kind = Relative
	}
	t.Start = p.seconds()
	if p.accept("~") {
		if t.Kind == Relative {
			p.expect("+")
		}
		at := p.tok().Pos
		t.Range, t.End = true, p.seconds()
		if t.End < t.Start {
			p.failAt(at, "the range of time ends before it begins")
		}
	}
	return t
}

// maxSeconds keeps times within what virtual time can hold.
const maxSeconds = 1e8

// seconds reads a time in seconds as nanoseconds.
func (p *parser) seconds() int64 {
	t := p.tok()
	if t.kind != tokFloat && t.kind != tokInteger {
		p.unexpected("a time in seconds")
	}
	v, err := strconv.ParseFloat(t.text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || v < 0 || v > maxSeconds {
		p.failAt(t.Pos, "time %s: must be 0..%d seconds", t.text, int64(maxSeconds))
	}
	p.i++
	return int64(math.Round(v*1e6)) * 1000 // packetdrill counts in microseconds
}

func (p *parser) call(at Time) *Call {
	c := &Call{}
	if p.accept("...") {
		c.Blocks = true
		pos := p.tok().Pos
		if p.accept("+") && at.Kind != Relative {
			p.failAt(pos, "the end of the call is relative, its beginning is not")
		}
		if c.End = p.seconds(); c.End < at.Start {
			p.failAt(pos, "the call ends before it begins")
		}
	}
	name := p.word("the name of a system call")
	c.Pos, c.Name = name.Pos, name.text
	p.expect("(")
	c.Args = p.exprs(")")
	p.expect("=")
	c.Result = p.expr()
	if p.tok().kind == tokWord {
		c.Errno = p.take().text
	}
	if p.accept("(") { // a note for the reader
		for !p.is(")") {
			if p.tok().kind == tokEnd {
				p.unexpected("the end of the note, )")
			}
			p.take()
		}
		p.take()
	}
	return c
}
