package script

import (
	"errors"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"mpsim/sockapi"
)

// Errno is the reason why a socket call failed, as scripts see it: EAGAIN, ECONNREFUSED ... It equals itself
// and, in attributes, has its name, number and text.
type Errno sockapi.Errno

var (
	_ starlark.Comparable = Errno(0)
	_ starlark.HasAttrs   = Errno(0)
)

// String prints the name.
func (e Errno) String() string { return sockapi.Errno(e).Name() }

// Type returns the name that scripts see.
func (e Errno) Type() string { return "errno" }

// Freeze does nothing.
func (e Errno) Freeze() {}

// Truth is true: there was an error.
func (e Errno) Truth() starlark.Bool { return true }

// Hash is the number.
func (e Errno) Hash() (uint32, error) { return uint32(e), nil }

// CompareSameType is == and !=.
func (e Errno) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	switch op {
	case syntax.EQL:
		return e == y.(Errno), nil
	case syntax.NEQ:
		return e != y.(Errno), nil
	default:
		return false, errors.New("errors have no order")
	}
}

// Attr gives name, number (of Linux) and text.
func (e Errno) Attr(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(e.String()), nil
	case "number":
		return starlark.MakeInt(int(e)), nil
	case "text":
		return starlark.String(plainText(sockapi.Errno(e))), nil
	}
	return nil, nil
}

// AttrNames lists the attributes.
func (e Errno) AttrNames() []string { return []string{"name", "number", "text"} }

// caught finds the failed socket call in an error.
func caught(err error) (*callError, bool) {
	var limit *limitError
	if errors.As(err, &limit) {
		return nil, false
	}
	var e *callError
	ok := errors.As(err, &e)
	return e, ok
}
