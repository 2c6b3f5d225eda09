package drill

import (
	"strconv"
	"strings"

	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim/unit"
	"mpsim/sockapi/drill/pkt"
)

// sysctls are the host's settings, under the kernel's names.
type sysctls struct {
	names  []string
	values []string
	saved  []savedSysctl // by set_sysctls.py
	foKey  tcp.FastOpenKey
	hasKey bool

	mptcpOn                    bool
	endpoints                  []endpointSetting
	limitAccept, limitSubflows int
	fileSize                   int64
	pacing                     bool // the device has the fq discipline
	seen                       mptcp.Counters
	oneSegment                 bool // gso_max_segs 1: the device cuts nothing
}

type savedSysctl struct{ name, value string }

type endpointSetting struct {
	addr                                       wire.Addr
	id                                         uint8 // from 1
	port                                       uint16
	signal, subflow, backup, fullmesh, laminar bool
}

// kernelSubflows is how many subflows beyond the first Linux opens unless told otherwise.
const kernelSubflows = 2

func (s *sysctls) init() {
	s.mptcpOn = true
	s.limitSubflows = kernelSubflows
}

func (s *sysctls) get(name string) (string, bool) {
	for i := range s.names {
		if s.names[i] == name {
			return s.values[i], true
		}
	}
	return "", false
}

func (s *sysctls) set(name, value string) {
	for i := range s.names {
		if s.names[i] == name {
			s.values[i] = value
			return
		}
	}
	s.names, s.values = append(s.names, name), append(s.values, value)
}

// defaults are those of the suites' common/defaults.sh: a server's usual settings.
func (s *sysctls) defaults() {
	for _, x := range [...]string{"tcp_rmem=4096 540000 15728640", "tcp_wmem=4096 262144 4194304",
		"tcp_timestamps=1", "tcp_syn_retries=5", "tcp_synack_retries=5", "tcp_sack=1", "tcp_dsack=1",
		"tcp_reordering=3", "tcp_congestion_control=cubic", "tcp_slow_start_after_idle=0",
		"tcp_early_retrans=4", "tcp_recovery=1", "tcp_ecn=0", "tcp_notsent_lowat=4294967295",
		"tcp_fastopen=0x70403", "tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"} {
		name, value, _ := strings.Cut(x, "=")
		s.set("net.ipv4."+name, value)
	}
}

// restore undoes what set_sysctls.py has set.
func (s *sysctls) restore() {
	for i := len(s.saved) - 1; i >= 0; i-- {
		s.set(s.saved[i].name, s.saved[i].value)
	}
	s.saved = nil
}

// setSysctls takes NAME=VALUE arguments, or files of /proc/sys.
func (r *runner) setSysctls(at pkt.Pos, args []string, save bool) {
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			continue
		}
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			r.bad(at, "sysctl %s: NAME=VALUE is needed", a)
		}
		name = strings.ReplaceAll(strings.TrimPrefix(name, "/proc/sys/"), "/", ".")
		if save {
			old, known := r.sys.get(name)
			if !known {
				old = kernelDefault(name)
			}
			r.sys.saved = append(r.sys.saved, savedSysctl{name, old})
		}
		r.sys.set(name, value)
	}
	r.applySysctls(at)
}

// known tells whether the stacks have all settings of NAME=VALUE arguments.
func (s *sysctls) known(args []string) bool {
	scratch := *s
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if ok && !scratch.apply(&tcp.Config{}, name, value) {
			return false
		}
	}
	return true
}

// kernelDefault is what Linux has where the script has not set it.
func kernelDefault(name string) string {
	switch strings.TrimPrefix(name, "net.ipv4.") {
	case "tcp_fastopen", "tcp_timestamps", "tcp_sack", "tcp_window_scaling", "tcp_slow_start_after_idle",
		"tcp_recovery", "tcp_moderate_rcvbuf", "net.mptcp.enabled", "tcp_syncookies":
		return "1"
	case "tcp_ecn":
		return "2"
	case "tcp_syn_retries":
		return "6"
	case "tcp_synack_retries":
		return "5"
	case "tcp_retries2":
		return "15"
	case "tcp_early_retrans", "tcp_reordering":
		return "3"
	case "tcp_syn_linear_timeouts":
		return "4"
	}
	return ""
}

// applySysctls checks all settings, and gives the new ones to a TCP stack that runs already.
func (r *runner) applySysctls(at pkt.Pos) {
	c := tcp.Config{Profile: r.c.Profile}
	for i, name := range r.sys.names {
		if !r.sys.apply(&c, name, r.sys.values[i]) {
			r.bad(at, "the setting %s=%s is none that the stacks have", name, r.sys.values[i])
		}
	}
	if err := c.Validate(); err != nil {
		r.bad(at, "%v", err)
	}
	if r.tcp == nil {
		return
	}
	if err := r.tcp.Reconfigure(r.tcpConfig()); err != nil {
		r.bad(at, "%v", err)
	}
	r.applyToStack()
}

// applyToStack sets what is no part of the configuration.
func (r *runner) applyToStack() {
	if text, ok := r.sys.get("net.ipv4.tcp_notsent_lowat"); ok {
		v, err := strconv.ParseInt(text, 0, 64)
		if err != nil || v >= 1<<32-1 {
			v = 0 // none
		}
		r.tcp.SetNotSentLowat(v)
	}
	if r.sys.hasKey {
		_ = r.tcp.SetFastOpenKey(wire.Addr{}, 0, r.sys.foKey) // port 0: no listener is looked for
	}
}

func (r *runner) tcpConfig() tcp.Config {
	c := tcp.Config{Profile: r.c.Profile, MTU: r.c.MTU}
	for i, name := range r.sys.names {
		r.sys.apply(&c, name, r.sys.values[i])
	}
	if r.sys.pacing {
		c.Pacing = tcp.On
	}
	return c
}

func onOff(v int64) tcp.Switch {
	if v != 0 {
		return tcp.On
	}
	return tcp.Off
}

// ignored are settings of what is not modelled, or of one way of doing what is done here in one way only.
const ignored = " tcp_frto tcp_fack tcp_dsack tcp_reordering tcp_tso_win_divisor tcp_ecn_option" +
	" tcp_pacing_ss_ratio tcp_pacing_ca_ratio tcp_notsent_lowat tcp_syncookies" +
	" tcp_no_metrics_save tcp_moderate_rcvbuf tcp_mem" +
	" tcp_invalid_ratelimit tcp_min_tso_segs tcp_autocorking tcp_fastopen_blackhole_timeout_sec" +
	" tcp_min_snd_mss tcp_comp_sack_delay_ns tcp_shrink_window tcp_abort_on_overflow tcp_challenge_ack_limit" +
	" tcp_min_rtt_wlen tcp_adv_win_scale tcp_fastopen_blackhole_detect_timeout_sec tcp_tso_rtt_log "

// apply puts one setting into a configuration; false: unknown, or not a value it can have.
func (s *sysctls) apply(c *tcp.Config, name, value string) bool {
	short, ok := strings.CutPrefix(name, "net.ipv4.")
	if !ok {
		return s.applyMPTCP(name, value)
	}
	if strings.Contains(ignored, " "+short+" ") {
		return true
	}
	v, err := strconv.ParseInt(strings.TrimSpace(value), 0, 64)
	switch short {
	case "tcp_rmem", "tcp_wmem":
		return s.applyMemory(c, short, value)
	case "tcp_congestion_control":
		c.Congestion = congestionName(value)
		return true
	case "tcp_fastopen_key":
		return s.applyKey(value)
	}
	if err != nil {
		return false
	}
	switch short {
	case "tcp_timestamps":
		c.Timestamps = onOff(v)
	case "tcp_sack":
		c.SACK = onOff(v)
	case "tcp_window_scaling":
		c.WindowScaling = onOff(v)
	case "tcp_slow_start_after_idle":
		c.IdleRestart = onOff(v)
	case "tcp_recovery":
		c.RACK = onOff(v & 1)
	case "tcp_early_retrans":
		c.TLP = onOff(v)
	case "tcp_ecn":
		c.ECN, c.ECNPassive = onOff(v&1), onOff(v) // 2: accepted, not offered
	case "tcp_syn_retries":
		c.SYNRetries = int(v)
	case "tcp_synack_retries":
		c.SYNACKRetries = int(v)
	case "tcp_syn_linear_timeouts":
		c.LinearSYNs = int(v)
	case "tcp_retries2":
		c.Retries = int(v)
	case "tcp_fastopen":
		const known = tcp.FastOpenClient | tcp.FastOpenServer | tcp.FastOpenClientNoCookie |
			tcp.FastOpenServerNoCookie | tcp.FastOpenAllListeners
		if c.FastOpen = tcp.FastOpenFlags(v) & known; c.FastOpen == 0 {
			c.FastOpen = tcp.FastOpenOff
		}
	case "tcp_keepalive_time":
		c.KeepaliveIdle = unit.Duration(v) * unit.Second
	case "tcp_keepalive_intvl":
		c.KeepaliveInterval = unit.Duration(v) * unit.Second
	case "tcp_keepalive_probes":
		c.KeepaliveProbes = int(v)
	case "tcp_fin_timeout":
		c.FinWait2 = unit.Duration(v) * unit.Second
	case "ip_default_ttl":
		c.TTL = uint8(v)
	default:
		return false
	}
	return true
}

// applyMemory reads "least default most". The kernel's numbers count its overhead, about half of a receive
// buffer's memory.
func (s *sysctls) applyMemory(c *tcp.Config, name, value string) bool {
	f := strings.Fields(value)
	if len(f) != 3 {
		return false
	}
	first, err1 := strconv.ParseInt(f[1], 10, 64)
	most, err2 := strconv.ParseInt(f[2], 10, 64)
	if err1 != nil || err2 != nil || first < 512 || most < first {
		return false
	}
	if name == "tcp_rmem" {
		c.ReceiveBuffer, c.ReceiveBufferMax = first/2, most
	} else {
		c.SendBuffer, c.SendBufferMax = first, most
	}
	return true
}

// applyKey reads the four words of net.ipv4.tcp_fastopen_key; of two keys the first.
func (s *sysctls) applyKey(value string) bool {
	value, _, _ = strings.Cut(value, ",")
	words := strings.Split(value, "-")
	if len(words) != len(s.foKey) {
		return false
	}
	for i, w := range words {
		v, err := strconv.ParseUint(w, 16, 32)
		if err != nil {
			return false
		}
		s.foKey[i] = uint32(v)
	}
	s.hasKey = true
	return true
}

func (s *sysctls) applyMPTCP(name, value string) bool {
	switch name {
	case "net.mptcp.enabled":
		s.mptcpOn = value != "0"
	case "net.mptcp.checksum_enabled", "net.mptcp.allow_join_initial_addr_port", "net.mptcp.add_addr_timeout",
		"net.mptcp.blackhole_timeout", "net.mptcp.close_timeout", "net.mptcp.stale_loss_cnt",
		"net.mptcp.syn_retrans_before_tcp_fallback":
		_, err := strconv.ParseInt(value, 0, 32)
		return err == nil
	case "net.mptcp.scheduler", "net.mptcp.pm_type", "net.mptcp.path_manager":
	default:
		return false
	}
	return true
}

// mptcpConfig are the parameters of the MPTCP stack.
func (r *runner) mptcpConfig() mptcp.Config {
	t := r.tcp.Config()
	c := mptcp.Config{Profile: r.c.Profile, PathManager: "linux", ReceiveBuffer: t.ReceiveBuffer,
		ReceiveBufferMax: t.ReceiveBufferMax, SendBuffer: t.SendBuffer, SendBufferMax: t.SendBufferMax}
	c.Paths = r.sys.paths()
	if r.sys.oneSegment {
		c.Data.OneSegment = tcp.On
	}
	number := func(name string) (int64, bool) {
		text, ok := r.sys.get("net.mptcp." + name)
		v, _ := strconv.ParseInt(text, 0, 32) // checked when it was set
		return v, ok
	}
	if v, ok := number("checksum_enabled"); ok {
		c.Checksum = onOff(v)
	}
	if v, ok := number("allow_join_initial_addr_port"); ok {
		c.NoJoinHere = onOff(1 - v)
	}
	if v, ok := number("add_addr_timeout"); ok && v > 0 {
		c.AddAddrTimeout = unit.Duration(v) * unit.Second
	}
	if v, ok := number("blackhole_timeout"); ok {
		if c.BlackHole = unit.Duration(v) * unit.Second; v == 0 {
			c.BlackHole = -1
		}
	}
	if v, ok := number("close_timeout"); ok && v > 0 {
		c.CloseTimeout = unit.Duration(v) * unit.Second
	}
	if v, ok := number("stale_loss_cnt"); ok && v > 0 {
		c.StaleRTOs = int(v)
	}
	if v, ok := number("syn_retrans_before_tcp_fallback"); ok {
		c.SYNsCapable = int(v) + 1
	}
	return c
}

// paths are the parameters of the path manager.
func (s *sysctls) paths() pm.Config {
	c := pm.Config{Limit: s.limitSubflows, Accept: s.limitAccept}
	for _, e := range s.endpoints {
		c.Endpoints = append(c.Endpoints, pm.Endpoint{Addr: e.addr, ID: e.id, Port: e.port, Signal: e.signal,
			Subflow: e.subflow, Backup: e.backup, FullMesh: e.fullmesh, Laminar: e.laminar})
	}
	return c
}
