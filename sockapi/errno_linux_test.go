package sockapi_test

import (
	"syscall"
	"testing"

	"mpsim/sockapi"
)

// TestErrnoNumbers compares the numbers with those of the system that the tests run on.
func TestErrnoNumbers(t *testing.T) {
	for _, c := range []struct {
		ours   sockapi.Errno
		theirs syscall.Errno
		name   string
	}{
		{sockapi.EPERM, syscall.EPERM, "EPERM"}, {sockapi.ENOENT, syscall.ENOENT, "ENOENT"},
		{sockapi.ESRCH, syscall.ESRCH, "ESRCH"}, {sockapi.EBADF, syscall.EBADF, "EBADF"},
		{sockapi.EAGAIN, syscall.EAGAIN, "EAGAIN"}, {sockapi.ENOMEM, syscall.ENOMEM, "ENOMEM"},
		{sockapi.EACCES, syscall.EACCES, "EACCES"}, {sockapi.EFAULT, syscall.EFAULT, "EFAULT"},
		{sockapi.EINVAL, syscall.EINVAL, "EINVAL"}, {sockapi.EMFILE, syscall.EMFILE, "EMFILE"},
		{sockapi.ENOSPC, syscall.ENOSPC, "ENOSPC"}, {sockapi.EPIPE, syscall.EPIPE, "EPIPE"},
		{sockapi.EBADR, syscall.EBADR, "EBADR"}, {sockapi.EPROTO, syscall.EPROTO, "EPROTO"},
		{sockapi.EDESTADDRREQ, syscall.EDESTADDRREQ, "EDESTADDRREQ"},
		{sockapi.ENOPROTOOPT, syscall.ENOPROTOOPT, "ENOPROTOOPT"},
		{sockapi.EPROTONOSUPPORT, syscall.EPROTONOSUPPORT, "EPROTONOSUPPORT"},
		{sockapi.EOPNOTSUPP, syscall.EOPNOTSUPP, "EOPNOTSUPP"},
		{sockapi.EAFNOSUPPORT, syscall.EAFNOSUPPORT, "EAFNOSUPPORT"},
		{sockapi.EADDRINUSE, syscall.EADDRINUSE, "EADDRINUSE"},
		{sockapi.EADDRNOTAVAIL, syscall.EADDRNOTAVAIL, "EADDRNOTAVAIL"},
		{sockapi.ENETDOWN, syscall.ENETDOWN, "ENETDOWN"}, {sockapi.ENETUNREACH, syscall.ENETUNREACH, "ENETUNREACH"},
		{sockapi.ECONNABORTED, syscall.ECONNABORTED, "ECONNABORTED"},
		{sockapi.ECONNRESET, syscall.ECONNRESET, "ECONNRESET"}, {sockapi.ENOBUFS, syscall.ENOBUFS, "ENOBUFS"},
		{sockapi.EISCONN, syscall.EISCONN, "EISCONN"}, {sockapi.ENOTCONN, syscall.ENOTCONN, "ENOTCONN"},
		{sockapi.ETIMEDOUT, syscall.ETIMEDOUT, "ETIMEDOUT"},
		{sockapi.ECONNREFUSED, syscall.ECONNREFUSED, "ECONNREFUSED"},
		{sockapi.EHOSTUNREACH, syscall.EHOSTUNREACH, "EHOSTUNREACH"}, {sockapi.EALREADY, syscall.EALREADY, "EALREADY"},
		{sockapi.EINPROGRESS, syscall.EINPROGRESS, "EINPROGRESS"},
		{sockapi.EDOM, syscall.EDOM, "EDOM"}, {sockapi.EOWNERDEAD, syscall.EOWNERDEAD, "EOWNERDEAD"},
	} {
		if int(c.ours) != int(c.theirs) || c.ours.Name() != c.name {
			t.Errorf("%s is %d, want %d", c.ours.Name(), c.ours, int(c.theirs))
		}
	}
	seen := 0
	for _, e := range sockapi.Errnos() {
		if e.Error() == "" || e.Name() == "" {
			t.Errorf("number %d has no text", uint8(e))
		}
		seen++
	}
	if seen < 34 || sockapi.Errno(0).Name() != "E0" || sockapi.Errno(200).Error() != "error 200" {
		t.Errorf("%d numbers, %s, %s", seen, sockapi.Errno(0).Name(), sockapi.Errno(200))
	}
}
