package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"mpsim/sim"
	"mpsim/sockapi"
)

// Position is a place in a script; Line and Col count from 1, Col in characters.
type Position struct {
	File      string
	Line, Col int
}

// String prints file:line:col.
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// Frame is one function in progress when an error happened.
type Frame struct {
	Name string
	Pos  Position
}

// Error is what ended a script, or one of its tasks.
type Error struct {
	Pos   Position
	Msg   string
	Errno sockapi.Errno // of the socket call that failed; 0: it was something else
	Limit string        // the field of Limits that was reached, or empty
	Run   bool          // it happened in a run, so that At and Task say something
	At    sim.Time
	Task  string
	Stack []Frame // the innermost function last
}

// Error says where, what and when: file.star:12:7: connect: ECONNREFUSED connection refused (at 1.204s, in task main).
func (e *Error) Error() string {
	s := e.Pos.String() + ": " + e.Msg
	if !e.Run {
		return s
	}
	when := instant(e.At)
	if e.Task == "" {
		return s + " (at " + when + ")"
	}
	return s + " (at " + when + ", in task " + e.Task + ")"
}

// Unwrap gives errors.Is the errno.
func (e *Error) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// Backtrace prints the error under the functions that were in progress, the outermost first.
func (e *Error) Backtrace() string {
	var b strings.Builder
	for _, f := range e.Stack {
		fmt.Fprintf(&b, "  %s: in %s\n", f.Pos, f.Name)
	}
	return b.String() + e.Error()
}

// instant prints virtual time without needless zeros: 1.204s.
func instant(t sim.Time) string {
	s := strings.TrimRight(strings.TrimSuffix(t.String(), "s"), "0")
	return strings.TrimSuffix(s, ".") + "s"
}

// callError is the failure of a socket call: what attempt gives to the script.
type callError struct {
	call  string // name of the builtin
	errno sockapi.Errno
	text  string // further words, or empty
}

func (e *callError) Error() string {
	s := e.errno.Name() + " " + plainText(e.errno)
	if e.text != "" {
		s += " (" + e.text + ")"
	}
	return s
}

func (e *callError) Unwrap() error { return e.errno }

// plainText is the errno's text without its name.
func plainText(e sockapi.Errno) string { return strings.TrimSuffix(e.Error(), " ("+e.Name()+")") }

// failed wraps the error of a Go call that a builtin has made.
func failed(call string, err error) error {
	var errno sockapi.Errno
	if !errors.As(err, &errno) {
		return err
	}
	e := &callError{call: call, errno: errno}
	if text := err.Error(); text != errno.Error() {
		e.text = strings.TrimPrefix(text, errno.Error()+": ")
	} else if call == "send" && errno == sockapi.EPIPE {
		e.text = "the socket is not connected, or shut for writing"
	} else if call == "open_sub" && errno == sockapi.EOPNOTSUPP {
		e.text = "no MPTCP connection: a tcp socket, or it has fallen back"
	}
	return e
}

// limitError says that a script has used up what it may use.
type limitError struct{ limit, text string }

func (e *limitError) Error() string { return e.text }

// builtinFile is the file name that the interpreter gives to functions that are not Starlark.
const builtinFile = "<builtin>"

// wrap makes an Error of what the interpreter returned.
func (p *Program) wrap(err error) *Error {
	var done *Error
	if errors.As(err, &done) {
		return done
	}
	e := &Error{Pos: p.begin(), Msg: err.Error()}
	var eval *starlark.EvalError
	if errors.As(err, &eval) {
		e.fill(eval, p.indent)
	}
	var limit *limitError
	if errors.As(err, &limit) {
		e.Limit, e.Msg = limit.limit, limit.text
	}
	if len(e.Msg) > maxLine {
		e.Msg = e.Msg[:maxLine] + " ..."
	} else if e.Limit == "" {
		e.Msg += runHint(e.Msg)
	}
	var call *callError
	if errors.As(err, &call) {
		e.Errno = call.errno
		e.Msg = call.call + ": " + call.Error()
	}
	return e
}

// fill takes position and functions from the interpreter's error; builtins are named, guards are not.
func (e *Error) fill(eval *starlark.EvalError, indent int) {
	stack := eval.CallStack
	if n := len(stack) - 1; n >= 0 && stack[n].Pos.Filename() == builtinFile {
		if name := stack[n].Name; !isGuard(name) && !strings.HasPrefix(e.Msg, name+": ") {
			e.Msg = name + ": " + e.Msg
		}
	}
	for _, f := range stack {
		if f.Pos.Filename() == builtinFile {
			continue
		}
		p := positionOf(f.Pos)
		p.Col += indent
		e.Stack = append(e.Stack, Frame{Name: f.Name, Pos: p})
		e.Pos = p
	}
}

func positionOf(p syntax.Position) Position {
	return Position{File: p.Filename(), Line: int(p.Line), Col: int(p.Col)}
}

// compileErrors makes errors of what parser and resolver found.
func compileErrors(name string, err error) []*Error {
	var list resolve.ErrorList
	if errors.As(err, &list) {
		var all []*Error
		for _, e := range list {
			all = append(all, &Error{Pos: positionOf(e.Pos), Msg: e.Msg})
		}
		return all
	}
	var one syntax.Error
	if errors.As(err, &one) {
		return []*Error{{Pos: positionOf(one.Pos), Msg: one.Msg}}
	}
	return []*Error{{Pos: Position{File: name, Line: 1, Col: 1}, Msg: err.Error()}}
}

// CompileError is everything that is wrong with the text of a script.
type CompileError []*Error

// Error prints one problem a line.
func (c CompileError) Error() string {
	lines := make([]string, len(c))
	for i, e := range c {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}
