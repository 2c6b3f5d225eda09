package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mpsim/scenarios"
)

// fields are what tshark prints of each frame, in this order.
var fields = []string{
	"frame.number", "ip.src", "tcp.stream", "mptcp.stream", "tcp.len", "mptcp.rawdsn64",
	"tcp.checksum.status", "udp.checksum.status", "ip.checksum.status",
	"tcp.options.mptcp.recvtok", "mptcp.expected_token", "mptcp.expected_idsn", "_ws.malformed",
	"tcp.options.mptcp.rawdataseqno", "tcp.options.mptcp.subflowseqno",
	"tcp.options.mptcp.datalvllen", "tcp.options.mptcp.datafin.flag", "tcp.seq", "tcp.connection.syn",
}

// frame is one row of it.
type frame map[string]string

func (f frame) number(t *testing.T, field string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(f[field], 0, 64)
	if err != nil {
		t.Fatalf("frame %s: %s is %q: %v", f["frame.number"], field, f[field], err)
	}
	return n
}

// dissect lets tshark read a capture with every check on.
func dissect(t *testing.T, capture string) []frame {
	t.Helper()
	args := []string{
		"-r", capture, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=;",
		"-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
		"-o", "mptcp.analyze_mptcp:TRUE", "-o", "mptcp.relative_sequence_numbers:FALSE",
		"-o", "mptcp.analyze_mappings:TRUE",
		// Protocols that payloads of no meaning are taken for: by the port of traffic groups, 10000, or by chance.
		"--disable-protocol", "ndmp", "--disable-protocol", "rtcp",
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command("tshark", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, stderr.String())
	}
	var frames []frame
	for line := range strings.Lines(string(out)) {
		row := frame{}
		for i, v := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			row[fields[i]] = v
		}
		frames = append(frames, row)
	}
	return frames
}

// summaryOf reads the part of summary.json that the capture is compared with.
func summaryOf(t *testing.T, dir string) (s struct {
	Connections []struct {
		Host          string `json:"host"`
		Protocol      string `json:"protocol"`
		Client        bool   `json:"client"`
		BytesSent     uint64 `json:"bytes_sent"`
		BytesReceived uint64 `json:"bytes_received"`
	} `json:"connections"`
}) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCaptures has tshark read the capture of each shipped scenario. Where somebody on the path drops, changes or
// forges packets, or applications reset subflows, whose last packets are answered by RSTs without options that the
// dissector counts to no connection, only what every frame must be is checked.
func TestCaptures(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Fatal("tshark is not installed: `make deps` installs it")
	}
	for _, s := range scenarios.List() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			theme, _, _ := strings.Cut(s.Name, "/")
			disturbed := theme == "middlebox" || theme == "attack" || theme == "api"
			dir := runScenario(t, s.Name, "--capture", "--figures=false")
			captures, err := filepath.Glob(filepath.Join(dir, "capture", "*.pcapng"))
			if err != nil || len(captures) == 0 {
				t.Fatalf("no capture in %s (%v)", dir, err)
			}
			if theme == "datacenter" { // hosts are alike, and many
				captures = captures[:min(3, len(captures))]
			}
			for _, c := range captures {
				t.Run(filepath.Base(c), func(t *testing.T) {
					frames := checkFrames(t, c)
					if few := theme == "datacenter" && len(frames) < 100; !disturbed && !few {
						checkCapture(t, dir, c, frames)
					}
				})
			}
		})
	}
}

// checkFrames finds what no frame may be: malformed, or with a wrong checksum.
func checkFrames(t *testing.T, capture string) []frame {
	frames := dissect(t, capture)
	for _, f := range frames {
		if f["_ws.malformed"] != "" {
			t.Errorf("frame %s is malformed", f["frame.number"])
		}
		// 1 is "good" in tshark's checksum status.
		transport := f["tcp.checksum.status"] + f["udp.checksum.status"] // one of them is empty
		if transport != "1" || f["ip.checksum.status"] != "1" {
			t.Errorf("frame %s: checksum status %s, of IP %s", f["frame.number"], transport, f["ip.checksum.status"])
		}
	}
	return frames
}

// checkCapture holds the capture of an undisturbed run to the summary.
func checkCapture(t *testing.T, dir, capture string, frames []frame) {
	if len(frames) < 100 {
		t.Fatalf("only %d frames", len(frames))
	}
	host := strings.TrimSuffix(filepath.Base(capture), ".pcapng")
	for _, c := range summaryOf(t, dir).Connections {
		if c.Host == host && c.Protocol == "mptcp" {
			checkConnection(t, frames, map[bool]uint64{c.Client: c.BytesSent, !c.Client: c.BytesReceived})
		}
	}
}

// checkConnection compares what the dissector derives of the one MPTCP connection with what the
// simulator says: one stream, tokens and initial data sequence numbers from the keys, and data
// sequence numbers that cover the stream exactly. octets are those of the client's stream (true) and of the
// server's that this host has sent, or received in order.
func checkConnection(t *testing.T, frames []frame, octets map[bool]uint64) {
	tokens, joins := map[string]bool{}, map[string]bool{}
	var idsn []uint64
	subflows := map[string]bool{}
	type span struct{ from, to uint64 }
	spans := map[bool][]span{} // by "carries the client's data"
	client := map[string]bool{}
	fins := map[string]bool{}
	for _, f := range frames {
		subflows[f["tcp.stream"]] = true
		// One pass over the file: the dissector gives the first SYN, which carries no key, no stream yet. (Its
		// two-pass mode does, but takes the wrong side's IDSN for the first data of a joined subflow.)
		firstSYN := f["frame.number"] == "1" && f["tcp.len"] == "0"
		if f["mptcp.stream"] != "0" && !(firstSYN && f["mptcp.stream"] == "") {
			t.Fatalf("frame %s (tcp.stream %s) is in mptcp.stream %q", f["frame.number"], f["tcp.stream"],
				f["mptcp.stream"])
		}
		if f["tcp.connection.syn"] != "" {
			client[f["tcp.stream"]+" "+f["ip.src"]] = true
		}
		for _, token := range strings.Split(f["mptcp.expected_token"], ";") {
			if token != "" {
				tokens[token] = true
			}
		}
		if v := f["tcp.options.mptcp.recvtok"]; v != "" {
			joins[v] = true
		}
		for _, v := range strings.Split(f["mptcp.expected_idsn"], ";") {
			if n, err := strconv.ParseUint(v, 0, 64); err == nil && !slices.Contains(idsn, n) {
				idsn = append(idsn, n)
			}
		}
		if n := f.number(t, "tcp.len"); n > 0 {
			from, ok := f.dataSequence(t, fins)
			if !ok {
				t.Errorf("frame %s carries %d octets without a mapping", f["frame.number"], n)
				continue
			}
			fromClient := client[f["tcp.stream"]+" "+f["ip.src"]]
			spans[fromClient] = append(spans[fromClient], span{from, from + n})
		}
	}
	for token := range joins {
		if !tokens[token] {
			t.Errorf("MP_JOIN carries token %s; the dissector expects one of %v", token, tokens)
		}
	}
	if len(subflows) > 1 && len(joins) == 0 {
		t.Errorf("%d subflows and no MP_JOIN token", len(subflows))
	}
	for fromClient, s := range spans {
		slices.SortFunc(s, func(a, b span) int {
			return int(int64(a.from - b.from)) // wraps, as sequence numbers do
		})
		first, end := s[0].from, s[0].to
		for _, x := range s {
			if int64(x.from-end) > 0 { // beyond a hole: what a run that was cut had under way
				break
			}
			if int64(x.to-end) > 0 {
				end = x.to
			}
		}
		if !slices.Contains(idsn, first-1) {
			t.Errorf("first data sequence number %d is not one after any of the derived IDSNs %v", first, idsn)
		}
		if got := end - first; got != octets[fromClient] {
			t.Errorf("data sequence numbers cover %d octets, the summary says %d", got, octets[fromClient])
		}
	}
}

// dataSequence returns the data sequence number of the frame's first octet: as the dissector mapped
// it, or, where it lost its table (some retransmissions), from the mapping in the frame itself.
//
// A DATA_FIN counts in the data-level length but takes no octet of the subflow (RFC 8684 section 3.3.3);
// the dissector lets it take one, and maps what the subflow carries next to the DATA_FIN. fins
// remembers these places.
func (f frame) dataSequence(t *testing.T, fins map[string]bool) (dsn uint64, ok bool) {
	place := func(seq uint64) string { return fmt.Sprint(f["tcp.stream"], f["ip.src"], seq) }
	if f["tcp.options.mptcp.rawdataseqno"] != "" {
		start, length := f.number(t, "tcp.options.mptcp.subflowseqno"), f.number(t, "tcp.options.mptcp.datalvllen")
		into := f.number(t, "tcp.seq") - start
		if into+f.number(t, "tcp.len") > length {
			t.Errorf("frame %s: the mapping of %d octets does not cover it", f["frame.number"], length)
		}
		dsn, ok = f.number(t, "tcp.options.mptcp.rawdataseqno")+into, true
		if f["tcp.options.mptcp.datafin.flag"] == "1" {
			fins[place(start+length-1)] = true
		}
	}
	if f["mptcp.rawdsn64"] != "" {
		if mapped := f.number(t, "mptcp.rawdsn64"); !ok {
			dsn, ok = mapped, true
		} else if mapped != dsn && !fins[place(f.number(t, "tcp.seq"))] {
			t.Errorf("frame %s: the dissector maps it to %d, its own mapping says %d", f["frame.number"], mapped, dsn)
		}
	}
	return dsn, ok
}

// runScenario runs the command in this process and returns the result folder.
func runScenario(t *testing.T, name string, flags ...string) string {
	t.Helper()
	out := runMpsim(t, append([]string{"run", name, "-o", t.TempDir()}, flags...)...)
	_, dir, ok := strings.Cut(out, "\nresults ")
	if !ok {
		t.Fatalf("no line `results DIR` in the output:\n%s", out)
	}
	return strings.TrimSpace(dir)
}

// runMpsim runs the command and returns what it printed; a status other than 0 fails the test.
func runMpsim(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := mainWith(&out, &errs, args); status != 0 {
		t.Fatalf("mpsim %s: exit status %d\n%s%s", strings.Join(args, " "), status, out.String(), errs.String())
	}
	return out.String()
}
