package drill

import (
	"strconv"
	"strings"

	"mpsim/sim/unit"
	"mpsim/sockapi/drill/pkt"
)

// command carries out a shell line: each of its lines is one of the commands below. Anything else is an
// error, since a script that asks for something else would not be tested.
func (r *runner) command(c *pkt.Command) {
	text := strings.ReplaceAll(c.Text, "\\\n", " ")
	at := c.Pos
	for line := range strings.SplitSeq(text, "\n") {
		for part := range strings.SplitSeq(line, ";") {
			if part, _, _ = strings.Cut(part, "#"); strings.TrimSpace(part) != "" {
				r.oneCommand(at, strings.TrimSpace(part))
			}
		}
		at.Line, at.Col = at.Line+1, 1
	}
}

func (r *runner) oneCommand(at pkt.Pos, line string) {
	if first, second, ok := strings.Cut(line, "||"); ok { // the second where the first is not known
		line = first
		if words := shellWords(first); len(words) > 0 && words[0] == "sysctl" && !r.sys.known(words[1:]) {
			line = second
		}
	}
	words := shellWords(line)
	if len(words) > 2 && words[0] == "ip" && (words[1] == "-4" || words[1] == "-6") {
		words = append(words[:1], words[2:]...)
	}
	if len(words) == 0 {
		return
	}
	name := words[0]
	switch {
	case strings.HasSuffix(name, "/defaults.sh"):
		r.sys.defaults()
		r.applySysctls(at)
	case strings.HasSuffix(name, "/client.sh"):
		r.sys.endpoints = nil
		r.sys.limitAccept, r.sys.limitSubflows = 8, 8
	case strings.HasSuffix(name, "/server.sh"):
		r.serverScript()
	case strings.HasSuffix(name, "/multi-ep.sh"):
		r.multiEndpoint(at, words[1:])
	case strings.HasSuffix(name, "/set_sysctls.py"):
		r.setSysctls(at, words[1:], true)
	case strings.Contains(name, "/sysctl_restore_"):
		r.sys.restore()
		r.applySysctls(at)
	case name == "sysctl":
		r.setSysctls(at, words[1:], false)
	case name == "ip" && len(words) > 2 && words[1] == "mptcp":
		r.ipMPTCP(at, words[2:])
	case name == "ip" && len(words) > 2 && words[1] == "tcp_metrics" && words[2] == "flush":
		if r.tcp != nil {
			r.tcp.ForgetFastOpen()
		}
	case name == "ip" && len(words) > 3 && words[1] == "addr" && words[2] == "add":
		r.addAddress(at, words[3])
	case name == "ip" && len(words) > 5 && words[1] == "link" && words[2] == "set" && words[4] == "gso_max_segs":
		r.sys.oneSegment = words[5] == "1"
	case name == "ss", name == "!" && words[1] == "ss":
		r.socketStates(at, line, words)
	case name == "tc":
		r.trafficControl(at, line)
	case name == "ethtool", name == "dmesg", name == "sync", name == "true", name == "rm", name == "/bin/rm":
		// Offloads, logs and files are not there.
	case name == "nstat" && !strings.Contains(line, "|"):
		r.sys.seen = r.counters()
	case name == "nstat" && strings.Contains(line, "grep"):
		r.grepCounter(at, line)
	case name == "test", name == "[":
		r.test(at, line, words)
	case name == "grep" && strings.Contains(line, "/proc/net/tcp"):
		r.grepListener()
	case name == "echo" && strings.HasSuffix(line, "/sys/module/tcp_cubic/parameters/hystart_detect"):
		if len(words) < 2 || words[1] != "3" {
			r.bad(at, "%q: HyStart looks at both the ACK train and the delay (3) here", line)
		}
	case name == "sleep" && len(words) == 2:
		r.sleep(at, words[1])
	case strings.HasSuffix(name, "dd"):
		r.makeFile(at, words[1:])
	default:
		r.bad(at, "the command %q is none that this runner knows: it has no shell", line)
	}
}

// shellWords cuts a line at blanks outside quotes and drops redirections.
func shellWords(line string) (words []string) {
	word, quoted := "", byte(0)
	flush := func() {
		if word != "" && !strings.ContainsAny(word, ">") && word != "&1" {
			words = append(words, word)
		}
		word = ""
	}
	drop := false // the target of a redirection
	for i := range len(line) {
		switch c := line[i]; {
		case quoted != 0 && c == quoted:
			quoted = 0
		case quoted != 0:
			word += string(c)
		case c == '"' || c == '\'':
			quoted = c
		case c == ' ' || c == '\t':
			if drop && word != "" {
				word, drop = "", false
			}
			drop = drop || strings.HasSuffix(word, ">")
			flush()
		default:
			word += string(c)
		}
	}
	if drop {
		word = ""
	}
	flush()
	return words
}

// serverScript is the helper of the Multipath TCP suite: the address after the host's own is added and
// announced.
func (r *runner) serverScript() {
	next := plus(r.c.local, 1)
	if r.host.InterfaceOf(next) < 0 {
		r.host.addrs = append(r.host.addrs, iface{addr: next, up: true})
	}
	r.sys.endpoints = []endpointSetting{{addr: next, id: 1, signal: true}}
	r.sys.limitAccept, r.sys.limitSubflows = 8, 8
}

// multiEndpoint is the later helper: -e N addresses after the host's own become endpoints, -m signal or
// subflow (or both), -b for backup.
func (r *runner) multiEndpoint(at pkt.Pos, words []string) {
	n, e, modes := 1, endpointSetting{}, false
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch words[i] {
		case "-e":
			v, err := strconv.Atoi(value)
			if err != nil || v < 0 || v > 8 {
				r.bad(at, "multi-ep.sh: -e %s: must be 0..8", value)
			}
			n = v
			i++
		case "-m":
			modes = true
			switch value {
			case "signal":
				e.signal = true
			case "subflow":
				e.subflow = true
			default:
				r.bad(at, "multi-ep.sh: -m %s: signal or subflow", value)
			}
			i++
		case "-b":
			e.backup = true
		default:
			r.bad(at, "multi-ep.sh: %s is none of -e, -m, -b", words[i])
		}
	}
	e.signal = e.signal || !modes
	r.sys.endpoints = nil
	r.sys.limitAccept, r.sys.limitSubflows = 8, 8
	for i := range n {
		e.addr, e.id = plus(r.c.local, 1+i), uint8(1+i)
		if r.host.InterfaceOf(e.addr) < 0 {
			r.host.addrs = append(r.host.addrs, iface{addr: e.addr, up: true, backup: e.backup})
		}
		r.sys.endpoints = append(r.sys.endpoints, e)
	}
}

func (r *runner) addAddress(at pkt.Pos, text string) {
	text, _, _ = strings.Cut(text, "/")
	a := r.parseAddr(text, at)
	if r.host.InterfaceOf(a) < 0 {
		r.host.addrs = append(r.host.addrs, iface{addr: a, up: true})
	}
}

// trafficControl knows the queue of no room, which loses all, and the plain one.
func (r *runner) trafficControl(at pkt.Pos, line string) {
	words := strings.Fields(line)
	has := func(w string) bool {
		for _, x := range words {
			if x == w {
				return true
			}
		}
		return false
	}
	switch {
	case !has("qdisc"):
		r.bad(at, "of tc only qdisc is known")
	case has("pfifo") && has("limit") && words[len(words)-1] == "0":
		r.host.mute = true
	case has("fq"): // paces; that is the host's doing here
		r.sys.pacing = true
		r.applySysctls(at)
	case has("pfifo") || has("del") || has("delete"):
		r.host.mute, r.sys.pacing = false, false
		r.applySysctls(at)
	default:
		r.bad(at, "%q: of queueing disciplines only pfifo and fq are known", line)
	}
}

func (r *runner) sleep(at pkt.Pos, text string) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || s < 0 || s > 1e6 {
		r.bad(at, "sleep %s: seconds are needed", text)
	}
	d := unit.Duration(s*1e6) * unit.Microsecond
	r.advance(r.w.Now().Add(d))
	r.last = max(r.last, r.w.Now())
}

// makeFile is dd with bs and count: how many zeros open(2) will find.
func (r *runner) makeFile(at pkt.Pos, words []string) {
	size, count := int64(512), int64(0)
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		n, err := strconv.ParseInt(v, 10, 64)
		switch {
		case k == "bs" && err == nil:
			size = n
		case k == "count" && err == nil:
			count = n
		}
	}
	if r.sys.fileSize = size * count; r.sys.fileSize <= 0 {
		r.bad(at, "dd: bs and count are needed")
	}
}

// grepListener is the suite's question whether somebody listens at its port.
func (r *runner) grepListener() {
	for _, f := range r.fds {
		if f != nil && f.sock != nil && f.sock.Listening() {
			return
		}
	}
	r.fail("no socket listens", "", "")
}
