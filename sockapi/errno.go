package sockapi

import (
	"errors"
	"fmt"

	"mpsim/model/tcp"
)

// Errno is the reason why a call failed, named as in errno(3). Its value is the number of Linux
// (include/uapi/asm-generic/errno.h), which SO_ERROR tells, too.
type Errno uint8

// Errors of the API. The comment names the calls that return them.
const (
	EPERM           Errno = 1   // Socket.OpenSub: all 31 numbers are taken, or the host's limit is reached
	ENOENT          Errno = 2   // Socket.SetCongestion: no controller of that name
	ESRCH           Errno = 3   // commands of a path manager: there is no such subflow
	EBADF           Errno = 9   // any: the socket was closed by this side
	EAGAIN          Errno = 11  // any: the deadline passed, or the call would block
	ENOMEM          Errno = 12  // options: no memory for the answer
	EACCES          Errno = 13  // Socket.OpenSub: a port below 1024, or a place where the peer takes no joins
	EFAULT          Errno = 14  // Socket.Send, Recv: no buffer; options: a pointer that leads nowhere
	EBUSY           Errno = 16  // commands of a path manager: the address identifier is in use
	EEXIST          Errno = 17  // commands of a path manager: there is such an endpoint
	EINVAL          Errno = 22  // any: an argument is out of its range
	EMFILE          Errno = 24  // file descriptors: all are taken
	ENOSPC          Errno = 28  // commands of a path manager: no address identifier is free
	EPIPE           Errno = 32  // Write, Transmit: this side has closed its direction
	ERANGE          Errno = 34  // commands of a path manager: there are as many endpoints as may be
	EBADR           Errno = 53  // commands of a path manager: there is no such connection
	EDOM            Errno = 33  // Socket.SetSockOpt: microseconds of a timeout beyond a second
	EPROTO          Errno = 71  // the peer broke the protocol
	EDESTADDRREQ    Errno = 89  // Socket.Send: Fast Open without an address
	ENOPROTOOPT     Errno = 92  // Socket.SetOption: the option is not known here
	EPROTONOSUPPORT Errno = 93  // socket: the protocol does not go with the type
	EOPNOTSUPP      Errno = 95  // Socket: the call does not fit the socket
	EAFNOSUPPORT    Errno = 97  // Socket.OpenSub: the address is of another family than the host's or the peer's
	EADDRINUSE      Errno = 98  // Listen: the port is taken; Dial: no free port
	EADDRNOTAVAIL   Errno = 99  // Socket.Bind, OpenSub: the address is not the host's
	ENETDOWN        Errno = 100 // Socket.OpenSub: the interface is down
	ENETUNREACH     Errno = 101 // Dial: no route to the address
	ECONNABORTED    Errno = 103 // Err: this side aborted it
	ECONNRESET      Errno = 104 // any: the peer reset the connection
	ENOBUFS         Errno = 105 // commands of a path manager: a table is full
	EISCONN         Errno = 106 // Socket.Connect: it is connected
	ENOTCONN        Errno = 107 // Socket.Recv, Shutdown: it is not connected
	ETIMEDOUT       Errno = 110 // any: retransmissions, keepalive or user timeout used up
	ECONNREFUSED    Errno = 111 // Dial: the peer answered with a RST
	EHOSTUNREACH    Errno = 113 // Socket: no way to the host
	EALREADY        Errno = 114 // Socket.Connect: an earlier call's handshake goes on
	EINPROGRESS     Errno = 115 // Socket.Connect: the handshake goes on meanwhile
	EOWNERDEAD      Errno = 130 // commands of a path manager: the application has gone
)

var errnoText = [...]struct{ name, text string }{
	EPERM:           {"EPERM", "operation not permitted"},
	ENOENT:          {"ENOENT", "no such thing"},
	ESRCH:           {"ESRCH", "no such subflow"},
	EBADF:           {"EBADF", "socket is closed"},
	EAGAIN:          {"EAGAIN", "resource temporarily unavailable"},
	ENOMEM:          {"ENOMEM", "cannot allocate memory"},
	EACCES:          {"EACCES", "permission denied"},
	EFAULT:          {"EFAULT", "bad address"},
	EBUSY:           {"EBUSY", "device or resource busy"},
	EEXIST:          {"EEXIST", "already exists"},
	EINVAL:          {"EINVAL", "invalid argument"},
	EMFILE:          {"EMFILE", "too many open files"},
	ENOSPC:          {"ENOSPC", "no identifier left"},
	EPIPE:           {"EPIPE", "broken pipe"},
	ERANGE:          {"ERANGE", "result out of range"},
	EBADR:           {"EBADR", "invalid request descriptor"},
	EDOM:            {"EDOM", "numerical argument out of domain"},
	EPROTO:          {"EPROTO", "protocol error"},
	EDESTADDRREQ:    {"EDESTADDRREQ", "destination address required"},
	ENOPROTOOPT:     {"ENOPROTOOPT", "protocol option not available"},
	EPROTONOSUPPORT: {"EPROTONOSUPPORT", "protocol not supported"},
	EOPNOTSUPP:      {"EOPNOTSUPP", "operation not supported"},
	EAFNOSUPPORT:    {"EAFNOSUPPORT", "address family not supported"},
	EADDRINUSE:      {"EADDRINUSE", "address already in use"},
	EADDRNOTAVAIL:   {"EADDRNOTAVAIL", "address not available"},
	ENETDOWN:        {"ENETDOWN", "network is down"},
	ENETUNREACH:     {"ENETUNREACH", "network is unreachable"},
	ECONNABORTED:    {"ECONNABORTED", "connection aborted"},
	ECONNRESET:      {"ECONNRESET", "connection reset by peer"},
	ENOBUFS:         {"ENOBUFS", "no buffer space available"},
	EISCONN:         {"EISCONN", "socket is connected"},
	ENOTCONN:        {"ENOTCONN", "socket is not connected"},
	ETIMEDOUT:       {"ETIMEDOUT", "connection timed out"},
	ECONNREFUSED:    {"ECONNREFUSED", "connection refused"},
	EHOSTUNREACH:    {"EHOSTUNREACH", "no route to host"},
	EALREADY:        {"EALREADY", "operation already in progress"},
	EINPROGRESS:     {"EINPROGRESS", "operation now in progress"},
	EOWNERDEAD:      {"EOWNERDEAD", "owner died"},
}

// Name returns the constant's name, or E and the number of one that is not known here.
func (e Errno) Name() string {
	if int(e) < len(errnoText) && errnoText[e].name != "" {
		return errnoText[e].name
	}
	return fmt.Sprintf("E%d", uint8(e))
}

// Error returns the text of the error, with its name.
func (e Errno) Error() string {
	if int(e) < len(errnoText) && errnoText[e].name != "" {
		return errnoText[e].text + " (" + errnoText[e].name + ")"
	}
	return fmt.Sprintf("error %d", uint8(e))
}

// Errnos lists the errors that have a name, by number.
func Errnos() []Errno {
	var all []Errno
	for e := range Errno(len(errnoText)) {
		if errnoText[e].name != "" {
			all = append(all, e)
		}
	}
	return all
}

// errnoOf gives a transport's error its number.
func errnoOf(err error) error {
	switch {
	case errors.Is(err, tcp.ErrRefused):
		return ECONNREFUSED
	case errors.Is(err, tcp.ErrReset):
		return ECONNRESET
	case errors.Is(err, tcp.ErrTimeout):
		return ETIMEDOUT
	case errors.Is(err, tcp.ErrAborted):
		return ECONNABORTED
	case errors.Is(err, tcp.ErrNetUnreachable):
		return ENETUNREACH
	case errors.Is(err, tcp.ErrHostUnreachable):
		return EHOSTUNREACH
	case errors.Is(err, tcp.ErrProtocol):
		return ENOPROTOOPT
	}
	return err
}

// because gives an error of this package a reason in words.
func because(e Errno, reason string) error { return fmt.Errorf("%w: %s", e, reason) }

// dialError gives the error of a connection that could not even be tried its number.
func dialError(err error) error {
	e := ENETUNREACH
	if errors.Is(err, tcp.ErrNoPort) {
		e = EADDRINUSE
	}
	return fmt.Errorf("%w: %w", e, err)
}

// CorruptError tells that an application read octets that its peer did not send there.
type CorruptError struct {
	Stream, GotStream uint32 // content streams
	Want, Got         uint64 // octet positions
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("stream is corrupt: expected octet %d of stream %d, read octet %d of stream %d",
		e.Want, e.Stream, e.Got, e.GotStream)
}
