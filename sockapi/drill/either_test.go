package drill_test

import (
	"strings"
	"testing"

	"mpsim/sockapi/drill"
)

const acceptMPTCP = `
+0    socket(..., SOCK_STREAM, IPPROTO_MPTCP) = 3
+0    bind(3, ..., ...) = 0
+0    listen(3, 1) = 0
+0    < S 0:0(0) win 32792 <mss 1460,mpcapable v1 flags[flag_h] nokey>
+0    > S. 0:0(0) ack 1 <mss 1460,mpcapable v1 flags[flag_h] key[skey]>
+.1   < . 1:1(0) ack 1 win 32792 <mpcapable v1 flags[flag_h] key[ckey=2,skey]>
`

const closeMPTCP = acceptMPTCP + `
+0    accept(3, ..., ...) = 4
+0    close(4) = 0
+0    > . 1:1(0) ack 1 <dss dack4=1 dsn8=1 ssn=0 dll=1 nocs fin>
+0    < . 1:1(0) ack 1 win 32792 <dss dack4=2 dsn4=1 ssn=0 dll=1 nocs fin>
`

// plainMPTCP falls back by its first data, after a shutdown.
const plainMPTCP = acceptMPTCP + `
+0    accept(3, ..., ...) = 4
+0    shutdown(4, SHUT_WR) = 0
+0    > . 1:1(0) ack 1 <dss dack4=1 dsn8=1 ssn=0 dll=1 nocs fin>
+0    < . 1:101(100) ack 1 win 32792 <dss dack8=2 dsn8=1 ssn=0 dll=101 nocs fin>
`

// TestEither checks what passes though the script has another form, and that it does not pass strictly.
func TestEither(t *testing.T) {
	const signal = "+0 `ip mptcp endpoint add 192.168.0.9 id 7 signal`" + acceptMPTCP
	const add = `add_address address_id=7 addr[ep=inet_addr("192.168.0.9")] hmac=auto`
	for _, x := range []struct {
		name, text string
		lax, exact bool
	}{
		{"ADD_ADDR alone", signal + "+0 > . 1:1(0) ack 1 <" + add + ">", true, true},
		{"DATA_ACK beside ADD_ADDR", signal + "+0 > . 1:1(0) ack 1 <" + add + ",dss dack4=1 dll=0 nocs>", true, false},
		{"mapping beside ADD_ADDR", signal + "+0 > . 1:1(0) ack 1 <" + add +
			",dss dack4=1 dsn8=1 ssn=0 dll=1 nocs fin>", false, false},
		{"no ADD_ADDR", signal + "+0 > . 1:1(0) ack 1 <dss dack4=1 nocs>", false, false},
		{"ACK in the FIN", closeMPTCP + "+0 > F. 1:1(0) ack 1 <dss dack4=2 nocs>", true, true},
		{"ACK before the FIN", closeMPTCP + `
			+0 > . 1:1(0) ack 1 <dss dack4=2 nocs>
			+0 > F. 1:1(0) ack 1 <dss dack4=2 nocs>`, true, false},
		{"another ACK before the FIN", closeMPTCP + `
			+0 > . 1:1(0) ack 1 <dss dack4=1 nocs>
			+0 > F. 1:1(0) ack 1 <dss dack4=2 nocs>`, false, false},
		{"ACK in front of the FIN", plainMPTCP + "+0 > . 1:1(0) ack 101\n+0 > F. 1:1(0) ack 101", true, true},
		{"FIN without the ACK", plainMPTCP + "+0 > F. 1:1(0) ack 101", true, false},
		{"FIN of something else", plainMPTCP + "+0 > F. 1:1(0) ack 102", false, false},
		{"ACK and no FIN", closeMPTCP + "+0 > . 1:1(0) ack 1 <dss dack4=2 nocs>", false, false},
	} {
		for _, strict := range []bool{false, true} {
			told := 0
			r := drill.Run("script", x.text, drill.Config{Strict: strict, Trace: func(line string) {
				if strings.Contains(line, "(a DATA_ACK") || strings.Contains(line, "(the ACK ") {
					told++
				}
			}})
			want := x.lax
			if strict {
				want = x.exact
			}
			if r.Bad != nil || r.Passed() != want || want && (told == 1) != (!x.exact && !strict) {
				t.Errorf("%s, strict %t: passed %t, told %d times: %v %v", x.name, strict, r.Passed(), told,
					r.Bad, r.Failure)
			}
		}
	}
}
