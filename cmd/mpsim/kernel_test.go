package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpsim/model/audit"
)

// TestCheckCaptureOfKernel: what Linux 6.18 sends holds to the rules, and is read for what it is
// (testdata/kernel/README.md).
func TestCheckCaptureOfKernel(t *testing.T) {
	const joined = "mptcp v1, 10.0.1.1:%, 100 + 3000 octets of payload, 2 subflows, 101 + 3001 data-acknowledged"
	want := map[string][]string{
		"add-addr-ipv6-server": {"mptcp v1, [fd00:1::1]:%, 100 + 3000 octets of payload, 2 subflows, " +
			"101 + 3001 data-acknowledged"},
		"add-addr-port-server":   {joined},
		"both-close-server":      {"2 subflows, 101 + 1 data-acknowledged"},
		"checksum-client":        {joined + ", checksums"},
		"fail-client":            {"1 subflow, 200 + 0 data-acknowledged, checksums, fell back to TCP"},
		"fail-server":            {"packet 8 at %, connection 1 subflow 1 from 10.0.1.1:36478: the DSS checksum", "1 violation,"},
		"fast-open-client":       {"mptcp v1, 10.0.1.1:%, 100 + 3000 octets of payload, 1 subflow, 1 + 3001 data-acknowledged"},
		"fastclose-client":       {"100 + 500 octets of payload, 2 subflows, 100 + 500 data-acknowledged"},
		"fastclose-server":       {"500 + 0 octets of payload, 2 subflows, 500 + 0 data-acknowledged"},
		"join-third-lost-server": {joined},
		"options-lost-server":    {"600 + 100 octets of payload, 1 subflow, 300 + 0 data-acknowledged"},
		"plain-server-client":    {"connection 1: tcp, 10.0.1.1:%, 100 + 3000 octets of payload, fell back to TCP"},
		"prio-remove-client":     {"100 + 100 octets of payload, 2 subflows, 101 + 101 data-acknowledged"},
	}
	files, err := filepath.Glob(filepath.Join("testdata", "kernel", "*.pcapng"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d captures, want %d (%v)", len(files), len(want), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pcapng")
		t.Run(name, func(t *testing.T) {
			status, out := check(t, fileOctets(t, file), "--strict")
			lines := want[name]
			if name != "fail-server" {
				lines = append(lines, " 0 violations, 0 warnings, 0 notes")
			}
			if (status == 0) != (name != "fail-server") {
				t.Errorf("status %d", status)
			}
			for _, line := range lines {
				from, to, _ := strings.Cut(line, "%")
				_, rest, found := strings.Cut(out, from)
				if !found || !strings.Contains(rest, to) {
					t.Errorf("%q is not in\n%s", line, out)
				}
			}
		})
	}
}

func fileOctets(t *testing.T, file string) []byte {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCheckCaptureOfKernelBroken: a bit changed in the HMACs, tokens and data of a kernel's capture is found.
func TestCheckCaptureOfKernelBroken(t *testing.T) {
	capture := fileOctets(t, filepath.Join("testdata", "kernel", "checksum-client.pcapng"))
	for _, tt := range []struct {
		name, want string
		length     byte // of the MPTCP option
		subtype    byte
		at         int // octet of the option; beyond it: of the payload
	}{
		{"token", "join-token", 12, 1, 5},
		{"HMAC of the SYN/ACK", "join-hmac", 16, 1, 5},
		{"HMAC of the third packet", "join-hmac", 24, 1, 9},
		{"key of the third packet", "capable-key", 20, 0, 5},
		{"DATA_ACK", "data-ack-beyond", 12, 2, 11},
		{"payload", "dss-checksum", 28, 2, 100},
	} {
		done := false
		status, out := check(t, changed(t, capture, func(ip []byte) {
			start := int(ip[0]&15) * 4
			data := start + int(ip[start+12]>>4)*4
			for i := start + 20; i+2 < data && !done; {
				switch o := ip[i:]; {
				case o[0] == 0:
					i = data
				case o[0] == 1:
					i++
				case o[0] == 30 && o[1] == tt.length && o[2]>>4 == tt.subtype:
					o[tt.at] ^= 2
					done = true
				default:
					i += int(o[1])
				}
			}
		}))
		if !done || !strings.Contains(out, "["+tt.want+",") || status != 1 && tt.want != "join-token" {
			t.Errorf("%s: status %d, want %s\n%s", tt.name, status, tt.want, out)
		}
	}
}

// changed copies a capture of raw IPv4 packets and has each changed in its place.
func changed(t *testing.T, capture []byte, change func(ip []byte)) []byte {
	b := bytes.Clone(capture)
	_, err := readCapture(bytes.NewReader(capture), func(c captured) error {
		if i := bytes.Index(b, c.ip); c.dir == audit.Unlabelled && i >= 0 {
			change(b[i : i+len(c.ip)])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
